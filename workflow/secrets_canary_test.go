package workflow_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// canary is a secret that must be found nowhere.
const canary = "canary-Tr0ub4dor&3-canary"

// forms are how a text shows where somebody forgot that it is one to hide.
func forms(secret string) []string {
	b := []byte(secret)
	return []string{secret, base64.StdEncoding.EncodeToString(b)[:len(b)], base64.RawURLEncoding.EncodeToString(b)[:len(b)],
		hex.EncodeToString(b), strings.Trim(fmt.Sprint(b), "[]"), strings.Trim(fmt.Sprintf("%#v", b)[len("[]byte"):], "{}")}
}

// leak names the form of a secret that a text holds, "" if it holds none.
func leak(text, secret string) string {
	for _, form := range forms(secret) {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}

// nowhere looks for secrets in all that the store wrote, its write-ahead logs
// included, in the traffic and in the words that people read.
func (s *storeWorld) nowhere(r model.Request, secrets ...string) {
	s.t.Helper()
	places := s.everything()
	if len(places) < 3 {
		s.t.Errorf("only %d files were looked at", len(places))
	}
	places["traffic"] = fmt.Sprintf("%+v %#v", s.calls.list(), s.calls.list())
	c := s.view("priya", r.Number)
	j, err := json.Marshal(c)
	if err != nil {
		s.t.Fatal(err)
	}
	places["case"] = fmt.Sprintf("%+v %#v", c, c) + string(j)
	for name, text := range places {
		for _, secret := range secrets {
			if form := leak(text, secret); form != "" {
				s.t.Errorf("%s holds a secret as %q", name, form)
			}
		}
	}
}

// logged makes the worker write its log into the store, with everything that it
// has to say.
func (s *storeWorld) logged() {
	s.t.Helper()
	handler := store.NewLogHandler(s.db, slog.LevelDebug)
	s.t.Cleanup(func() {
		if err := handler.Close(); err != nil {
			s.t.Error(err)
		}
	})
	w, err := workflow.NewWorker(s.svc, s.vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond, LookLimit: 100 * time.Millisecond,
		SendLimit: 2 * time.Second, ReadLimit: 5 * time.Second, Tick: 200 * time.Millisecond, Identities: []seal.Identity{s.identity}, Logger: slog.New(handler)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.worker = w
	s.svc.UseWorker(w)
	if err := w.ReadTitles(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}

func TestSealedAnswersGoWithTheirRequestWhicheverWayItEnds(t *testing.T) {
	t.Parallel()
	in := func(f vaultsim.Fault) func(*storeWorld, model.Request) {
		return func(s *storeWorld, r model.Request) {
			s.approve("omar", r.Number)
			task := s.task(r.Number)
			s.claim("heidi", task)
			s.fulfil(task)
			s.sim.Arm(f)
			s.settleAll(r.Number)
		}
	}
	closed := func(state model.TaskState) func(*storeWorld, model.Request) {
		return func(s *storeWorld, r model.Request) {
			s.approve("omar", r.Number)
			task := s.task(r.Number)
			s.claim("heidi", task)
			if err := s.svc.CloseTask(s.ctx, "heidi", task, state, "not possible"); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name string
		end  func(s *storeWorld, r model.Request)
		want model.RequestState
	}{
		{"done", in(vaultsim.Fault{Kind: vaultsim.Slow, Command: "record-add"}), model.ClosedComplete},
		{"done after a lost answer", in(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "record-add"}), model.ClosedComplete},
		{"done after the submit was cut", in(vaultsim.Fault{Kind: vaultsim.CutAfter, Endpoint: vaultsim.EndpointSubmit, Command: "record-add"}), model.ClosedComplete},
		{"done at the second try", in(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "record-add"}), model.ClosedComplete},
		{"done by hand", closed(model.TaskClosedComplete), model.ClosedComplete},
		{"incomplete", closed(model.TaskClosedIncomplete), model.ClosedIncomplete},
		{"skipped", closed(model.TaskClosedSkipped), model.ClosedSkipped},
		{"denied", func(s *storeWorld, r model.Request) {
			if _, err := s.svc.Decide(s.ctx, "omar", s.decision("omar", r.Number, model.Deny, "no")); err != nil {
				s.t.Fatal(err)
			}
		}, model.ClosedRejected},
		{"withdrawn", func(s *storeWorld, r model.Request) {
			if err := s.svc.Withdraw(s.ctx, "alice", r.Number, ""); err != nil {
				s.t.Fatal(err)
			}
		}, model.ClosedCancelled},
		{"expired", func(s *storeWorld, _ model.Request) { s.later(49 * time.Hour) }, model.ClosedExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			s.logged()
			d := s.in(s.folder, storing(model.ItemLogin, map[string]string{"password": canary},
				model.Answer{Field: "login", Value: "app"}, model.Answer{Field: "title", Value: "ledger"}))
			typed := d.Secrets["password"]
			r := s.submit("alice", d)
			if !bytes.Equal(typed, make([]byte, len(typed))) {
				t.Error("what was typed still lies in memory")
			}
			rows := s.sealed(r.ID)
			if len(rows) != 1 || len(rows[0].Body) == 0 {
				t.Fatalf("sealed are %d answers", len(rows))
			}
			sealed := string(rows[0].Body[len(rows[0].Body)-48:])
			if files := s.everything(); !strings.Contains(files["queue.db-wal"]+files["queue.db"], sealed) {
				t.Fatal("the ciphertext was never on the disk; the test looks in the wrong place")
			}
			tt.end(s, r)
			s.work()
			if got := s.view("alice", r.Number).Request.State; got != tt.want {
				t.Fatalf("the request is %s, want %s", got, tt.want)
			}
			for _, row := range s.sealed(r.ID) {
				if row.Body != nil || row.Wiped.IsZero() {
					t.Errorf("%s is not wiped: due %s", row.Field, row.WipeDue)
				}
			}
			s.nowhere(r, canary, sealed)
		})
	}
}

func (s *storeWorld) claim(who model.PersonID, task model.Number) {
	s.t.Helper()
	if err := s.svc.Claim(s.ctx, who, task); err != nil {
		s.t.Fatal(err)
	}
}

// TestLinkLeavesNoTrace has the link shown in another process, whose only way to
// the worker is live.db.
func TestLinkLeavesNoTrace(t *testing.T) {
	s := newStoreWorld(t)
	s.logged()
	r := s.granted("alice", linkDraft())
	g := s.grant(r.Number)
	body := s.sealed(r.ID)[0].Body
	s.run(s.worker)
	other := s.elsewhere()
	s.until(other, "the worker is there", func() bool { return other.Health(s.ctx).State == model.HealthConnected })
	shown, err := other.Reveal(s.ctx, "alice", r.Number)
	if err != nil || !opens(string(shown.Link), g.Link) || shown.ID != g.Link || !shown.Expires.Equal(g.Until) {
		t.Fatalf("%+v, %v; the link: %t", shown, err, opens(string(shown.Link), g.Link))
	}
	link := string(shown.Link)
	_, fragment, _ := strings.Cut(link, "#")
	s.nowhere(r, link, fragment) // while it waits, too
	if text := fmt.Sprintf("%v %+v %#v %s", shown, shown, shown, &shown); leak(text, link) != "" {
		t.Errorf("it prints as %s", text)
	}
	if err := other.Acknowledge(s.ctx, "alice", r.Number); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Reveal(s.ctx, "alice", r.Number); err == nil || leak(err.Error(), fragment) != "" {
		t.Errorf("again: %v", err)
	}
	s.until(other, "the link is wiped", func() bool { return !s.sealed(r.ID)[0].Wiped.IsZero() })
	s.nowhere(r, link, fragment, string(body[len(body)-48:]))
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	secrets := func() map[string][]byte { return map[string][]byte{"password": []byte(canary)} }
	for _, v := range []any{
		workflow.Draft{Item: model.ItemLogin, Secrets: secrets()}, &workflow.Draft{Secrets: secrets()},
		workflow.Order{Kind: model.OpCreate, Secrets: secrets()}, workflow.Outcome{State: model.OpDone, Secret: []byte(canary)},
		workflow.Revealed{Number: "REQ1", Link: []byte(canary)}, workflow.Change{Secrets: secrets(), Notes: canary},
		[]workflow.Draft{{Secrets: secrets()}}, struct{ D workflow.Draft }{workflow.Draft{Secrets: secrets()}},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		if _, notes := v.(workflow.Change); !notes {
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		}
		if form := leak(out.String(), canary); form != "" {
			t.Errorf("%T shows %q", v, form)
		}
		if out.Len() < 100 {
			t.Errorf("%T prints nothing", v)
		}
	}
	if s := fmt.Sprintf("%+v", workflow.Draft{Item: model.ItemLogin, Justification: "why"}); !strings.Contains(s, "why") {
		t.Errorf("a draft prints as %s", s)
	}
}
