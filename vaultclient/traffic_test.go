package vaultclient

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// confidential is a record full of secrets.
var confidential = RecordAdd{Title: "title", Type: "login", Marker: "REQ0012345", Notes: NewSecret("notes-S3cret\nsecond"), Fields: []Field{
	{Type: "login", Value: Text("login-S3cret")},
	{Type: "password", Value: Text("pass word-S3cret")},
	{Type: "host", Value: Parts(map[string]string{"hostName": "host-S3cret"})},
}}

func TestNoSecretIsInWhatTheObserverSees(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []Exchange
		start := time.Now()
		o := Options{Version: "18.0.13", Observe: func(x Exchange) { seen = append(seen, x) }}
		c, _ := scripted(t, o, func(n int, r *http.Request) (int, string) {
			switch {
			case r.URL.Path == submitPath:
				return 202, `{"request_id":"id-1","status":"queued","success":true}`
			case n == 1:
				return 202, pendingBody
			}
			return 500, `{"command":"record-add 'password=pass word-S3cret'","error":"unrecognized arguments: pass word-S3cret","status":"error"}`
		})
		id, err := c.Submit(t.Context(), confidential)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Await(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		out := Judge(confidential, r)
		if refused, ok := out.(Refused); !ok || refused.Text != "unrecognized arguments: "+hidden {
			t.Errorf("Judge = %v", out)
		}
		if len(seen) != 3 {
			t.Fatalf("%d exchanges observed", len(seen))
		}
		submit, wait, answer := seen[0], seen[1], seen[2]
		wantCommand := "record-add --title=title --record-type=login --notes=" + hidden + " login=" + hidden + " password=" + hidden + " host=" + hidden +
			" c.text.request_id=REQ0012345"
		if submit.Command != wantCommand || submit.Word != "record-add" || submit.Path != PathSubmit || submit.Outcome != "queued" ||
			submit.Request != "id-1" || submit.HTTP != 202 || submit.Priority != Decision || !submit.At.Equal(start) {
			t.Errorf("submit observed as %+v", submit)
		}
		if wait.Outcome != "waiting" || wait.Request != "id-1" || wait.Path != PathResult {
			t.Errorf("wait observed as %+v", wait)
		}
		if answer.Outcome != "failed" || answer.HTTP != 500 || answer.Bytes == 0 || answer.At.Sub(start) != 450*time.Millisecond {
			t.Errorf("answer observed as %+v", answer)
		}
		dump := fmt.Sprintf("%v %+v %#v %v %+v %#v", seen, seen, seen, out, out, r)
		if b, err := json.Marshal(seen); err != nil || strings.Contains(string(b)+dump, "S3cret") {
			t.Errorf("a secret was seen: %s, %v", dump, err)
		}
		if text, err := CommandText(confidential); err != nil || text != wantCommand {
			t.Errorf("CommandText = %q, %v", text, err)
		}
	})
}

func TestTargetsAndWaitsAreObserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen []Exchange
		budget := NewBudget(BudgetOptions{}, nil)
		budget.Close(PathV1, "60 per 1 minute")
		c, _ := scripted(t, Options{Budget: budget, Observe: func(x Exchange) { seen = append(seen, x) }}, func(int, *http.Request) (int, string) {
			return 403, `{"error":"Not permitted to perform this function","status":"error"}`
		})
		if _, err := c.As(Polling).ViewEPM(t.Context(), dash); err == nil {
			t.Error("a refused call gave no error")
		}
		if len(seen) != 1 || seen[0].Target != dash || seen[0].Word != "epm" || seen[0].Verb != "approval view" || seen[0].Wait != time.Minute ||
			seen[0].Priority != Polling || seen[0].Outcome != "not permitted" || seen[0].Err == nil {
			t.Errorf("observed %+v", seen)
		}
	})
}

func TestOneTimeLinksAreTakenOutOfTexts(t *testing.T) {
	t.Parallel()
	fragment := "lILqLyjR2SqAl6o6Nu5gGn0qe1NJhYxLmI2ajotCjug"
	for _, url := range []string{
		"https://keepersecurity.com/vault/share/#" + fragment, "https://keepersecurity.com/vault/share#" + fragment,
		"https://keepersecurity.eu/vault/share/?editable=true#" + fragment,
	} {
		r, err := ParseReply(200, []byte(`{"command":"one-time-share","message":["Record UID  URL","RZToj60CrP9GDxjDTPWxAQ  `+url+`"],"status":"success"}`))
		if err != nil {
			t.Fatal(err)
		}
		out := Judge(oneHour(rz), r)
		if u, ok := out.(Unknown); !ok || strings.Contains(u.Text, fragment) || !strings.Contains(u.Text, "/vault/share") {
			t.Errorf("Judge = %v", out)
		}
	}
}
