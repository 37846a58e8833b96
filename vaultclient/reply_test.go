package vaultclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDetailsAreTakenApartWhateverTheDescriptionHolds(t *testing.T) {
	t.Parallel()
	for details, want := range map[string][3]string{
		"Type: login, Description: user @ https://host/, Record Category: classic":                    {"login", "user @ https://host/", "classic"},
		"Type: login, Description: a, b, Description: c, Record Category: x, Record Category: nested": {"login", "a, b, Description: c, Record Category: x", "nested"},
		"Type: login, Description: user":                                {"login", "user", ""}, // before 18.0.0
		"Type: pamMachine, Description: None, Record Category: classic": {"pamMachine", "", "classic"},
		"Type: encryptedNotes, Description: , Record Category: classic": {"encryptedNotes", "", "classic"},
		"Type: login": {"login", "", ""},
		"Folder Category: Classic, Can Edit: False, Can Share: False": {"", "", "classic"},
		"Can Edit: False, Can Share: False":                           {"", "", ""},
		"":                                                            {"", "", ""},
	} {
		typ, description, category := parseDetails(details)
		if got := [3]string{typ, description, category}; got != want {
			t.Errorf("parseDetails(%q) = %q, want %q", details, got, want)
		}
	}
}

func mustReply(t testing.TB, code int, body string) Reply {
	t.Helper()
	r, err := ParseReply(code, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASharedObjectsAnswerCountsOnlyForItsUID(t *testing.T) {
	t.Parallel()
	// Somebody may call a record by the UID of another, and get looks for titles too.
	r := mustReply(t, 200, `{"command":"get","data":{"record_uid":"NebebBkWL8I-15gXTW2y_w","title":"RZToj60CrP9GDxjDTPWxAQ"},"status":"success"}`)
	if _, err := parseObject(r, rz); !errors.Is(err, ErrWrongObject) {
		t.Errorf("parseObject = %v, want ErrWrongObject", err)
	}
}

func TestTheMarkerIsAllThatIsKeptOfCustomFields(t *testing.T) {
	t.Parallel()
	r := mustReply(t, 200, `{"command":"get","status":"success","data":{"record_uid":"RZToj60CrP9GDxjDTPWxAQ","title":"t","notes":"N0tes",
		"fields":[{"type":"password","value":["S3cret"]}],"folder":{"path":"/","uid":null},
		"custom":[{"label":"token","type":"secret","value":["S3cret"]},{"label":"request_id","type":"text","value":["REQ0012345"]},{"label":"request_id","value":["S3cret pass"]}]}}`)
	object, err := parseObject(r, rz)
	if err != nil {
		t.Fatal(err)
	}
	if rec, ok := object.(Record); !ok || rec.Marker != "REQ0012345" {
		t.Errorf("object = %+v", object)
	}
	if dump := fmt.Sprintf("%#v", object); strings.Contains(dump, "S3cret") || strings.Contains(dump, "N0tes") {
		t.Errorf("kept %s", dump)
	}
	r.wipe()
	if strings.Contains(string(r.data), "S3cret") {
		t.Error("the answer still holds the secret")
	}
}

func TestWordsInDataAreNotWordsOfTheService(t *testing.T) {
	t.Parallel()
	r := mustReply(t, 200, `{"command":"search","data":[{"type":"record","uid":"RZToj60CrP9GDxjDTPWxAQ","name":"Logging in to Keeper LOGIN STATE","details":"Type: login"}],"status":"success"}`)
	if items, err := parseItems(r); err != nil || len(items) != 1 {
		t.Errorf("parseItems = %v, %v", items, err)
	}
}

func TestACommandThatTheCloudThrottledIsNotTheServicesLimit(t *testing.T) {
	t.Parallel()
	s := serve(t, 429, `{"command":"share-record","error":"Wait and try again.","result_code":"throttled","status":"error","status_code":429}`)
	c := client(t, Options{URL: s.URL})
	r, err := c.Await(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if u, ok := Judge(share(alice, rz), r).(Unknown); !ok || u.Cause != Throttled {
		t.Errorf("Judge = %v", Judge(share(alice, rz), r))
	}
	if u := c.Budget().Remaining(PathResult); !u.Closed.IsZero() {
		t.Errorf("the path is closed: %+v", u)
	}
	if _, err := c.Server(t.Context()); !errors.Is(err, ErrCommandFailed) {
		t.Errorf("Server = %v", err)
	}
}

func TestALimitInAnyFormIsTheLimit(t *testing.T) {
	t.Parallel()
	for _, body := range []string{limitedBody, `{"error":"too many requests","status":"error"}`, "", "slow down"} {
		if _, err := client(t, Options{URL: serve(t, 429, body).URL}).Submit(t.Context(), share(alice, rz)); !errors.Is(err, ErrRateLimited) {
			t.Errorf("429 with %q: %v", body, err)
		}
	}
}

func TestRotationThatIsNotSetUpIsARefusal(t *testing.T) {
	t.Parallel()
	r := mustReply(t, 500, `{"command":"share-record","error":"Failed to grant record \"RZToj60CrP9GDxjDTPWxAQ\" access permissions for user 'alice@example.com': `+
		`Rotation must be already set on the record","status":"error"}`)
	if out, ok := Judge(ShareRecord{Record: rz, Email: alice, Rotate: true, Expiry: After(time.Hour)}, r).(Refused); !ok || out.Kind != NoRotation {
		t.Errorf("Judge = %v", out)
	}
}

func TestAnOutputThatSpeaksOfAnErrorIsNoException(t *testing.T) {
	t.Parallel()
	const text = `"error":"Unexpected error: get: Cannot find any object with UID: ` + string(rz) + `","status":"error"`
	if _, err := parseObject(mustReply(t, 500, `{"command":"get",`+text+`}`), rz); !errors.Is(err, ErrCommandFailed) {
		t.Errorf("an output: %v", err)
	}
	if _, err := parseObject(mustReply(t, 500, `{`+text+`}`), rz); !errors.Is(err, ErrNotFound) {
		t.Errorf("an exception: %v", err)
	}
}

func TestALostSessionIsRecognisedInEveryCommand(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":"Unexpected error: session_token_expired: Session token expired","status":"error"}`,
		`{"command":"share-record","message":["Logging in to Keeper as svc@example.com"],"status":"success"}`,
		`{"command":"share-record","message":"LOGIN STATE: REQUIRES_USERNAME","status":"success"}`,
	} {
		r := mustReply(t, 200, body)
		for _, m := range allMutations() {
			if u, ok := Judge(m, r).(Unknown); !ok || u.Cause != LoggedOut {
				t.Errorf("Judge(%T) = %v", m, Judge(m, r))
			}
		}
		if _, err := parseSync(r); !errors.Is(err, ErrSessionLost) {
			t.Errorf("parseSync = %v", err)
		}
		if _, err := parseServer(r); !errors.Is(err, ErrSessionLost) {
			t.Errorf("parseServer = %v", err)
		}
	}
}

// allMutations returns one of each kind.
func allMutations() []Mutation {
	return []Mutation{
		share(alice, rz), ShareRecord{Record: rz, Email: alice, Edit: true, Share: true, Expiry: After(time.Hour), Rotate: true}, LowerRecord{rz, alice, true, true}, RevokeRecord{rz, alice}, TransferRecord{rz, alice},
		ShareFolder{dba, alice, true, true, Expiry{}}, ShareFolder{dba, alice, true, false, Endless()}, UnshareFolder{dba, alice},
		ShareFolderTeam{dba, team, true, false}, UnshareFolderTeam{dba, team}, FolderRecordRights{dba, PresentRecords, "", true, false},
		oneHour(rz), OneTimeShareRemove{rz, link}, addLogin, confidential, RecordUpdate{Record: rz, Title: "x"},
		EPMAction{rz, EPMApprove}, EPMAction{rz, EPMDeny}, DeviceAction{"b15a0fc0ea5519a11ea9", DeviceDeny},
	}
}

func TestEveryKindOfErrorHasAdvice(t *testing.T) {
	t.Parallel()
	said := make(map[string]error)
	for _, kind := range []error{
		ErrUnreachable, ErrNoAnswer, ErrTLS, ErrNotTLS, ErrAuthority, ErrPin, ErrKeyRefused, ErrKeyExpired, ErrNotPermitted, ErrIPNotAllowed, ErrRateLimited,
		ErrQueueFull, ErrQueueOff, ErrExpired, ErrRequestUnknown, ErrRefusedRequest, ErrNotService, ErrGarbled, ErrEncrypted, ErrTooLarge, ErrSessionLost, ErrNotFound,
		ErrAmbiguous, ErrWrongObject, ErrCommandFailed, ErrMaybeQueued, ErrInvalid,
	} {
		err := fmt.Errorf("outer: %w", &Error{Op: "op", Kind: kind, Text: "words", Cause: errors.New("cause")})
		if !errors.Is(err, kind) || !strings.HasSuffix(Advice(err), ".") || !strings.Contains(err.Error(), kind.Error()) {
			t.Errorf("%v: advice %q", err, Advice(err))
		}
		if other := said[Advice(err)]; other != nil {
			t.Errorf("%v and %v have one advice", kind, other)
		}
		said[Advice(err)] = kind
	}
	if got := Advice(&Error{Kind: ErrNotPermitted, Command: "share-record"}); !strings.Contains(got, `"share-record"`) {
		t.Errorf("advice %q does not name the command", got)
	}
	until := time.Date(2026, 11, 21, 14, 5, 30, 0, time.UTC)
	if got := Advice(&Error{Kind: ErrRateLimited, Until: until}); !strings.Contains(got, "14:05:30") {
		t.Errorf("advice %q does not name the time", got)
	}
	if got := Advice(errors.New("something else")); got != "" {
		t.Errorf("advice %q for an unknown error", got)
	}
}

// proofs are, for each mutation, words without which it cannot be done. FuzzReply holds Judge to them.
func provedBy(m Mutation, body string) bool {
	var env struct {
		Message any `json:"message"`
		Error   any `json:"error"`
		Data    any `json:"data"`
	}
	if json.Unmarshal([]byte(body), &env) != nil {
		return false
	}
	text := strings.ToLower(fmt.Sprint(env.Message, env.Error))
	holds := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(text, strings.ToLower(w)) {
				return false
			}
		}
		return true
	}
	switch m := m.(type) {
	case ShareRecord:
		return holds(string(m.Record), string(m.Email), "access permissions has been ") && (holds("granted to") || holds("changed for"))
	case LowerRecord:
		return holds(string(m.Record), string(m.Email), "access permissions has been changed for")
	case RevokeRecord:
		return holds(string(m.Record), string(m.Email), "access permissions has been revoked from")
	case TransferRecord:
		return holds(string(m.Record), string(m.Email), "access permissions has been granted to")
	case ShareFolder:
		return holds(string(m.Email)) && (holds("user share", "added") || holds("user share", "updated") || holds("folder access granted to user"))
	case UnshareFolder:
		return holds("folder access removed from user", string(m.Email))
	case OneTimeShareCreate:
		return holds("https://", "/vault/share")
	case OneTimeShareRemove:
		return holds("is removed from record", string(m.Share), string(m.Record))
	case RecordAdd:
		return strings.Contains(strings.ToLower(fmt.Sprint(env.Data)), "record_uid")
	}
	return false // the others are never done by their answer
}

func FuzzReply(f *testing.F) {
	files, err := filepath.Glob("testdata/transcripts/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		for _, s := range readTranscript(f, file).Steps {
			if len(s.Response.JSON) > 0 && len(s.Response.JSON) < 4000 {
				f.Add(s.Response.Status, string(s.Response.JSON))
			}
		}
	}
	f.Add(200, `{"message":["a",null,7,{"x":1}],"data":[],"status":["x"]}`)
	f.Add(200, "\xff{}")
	mutations := allMutations()
	f.Fuzz(func(t *testing.T, code int, body string) {
		r, err := ParseReply(code, []byte(body))
		if err != nil {
			if !errors.Is(err, ErrNotService) {
				t.Fatalf("ParseReply = %v", err)
			}
			return
		}
		for _, m := range mutations {
			switch out := Judge(m, r).(type) {
			case Done:
				if out.Evidence == nil || !provedBy(m, body) {
					t.Fatalf("%T is done by %q", m, body)
				}
			case Refused:
				if out.Kind == "" || len(r.lines) == 0 {
					t.Fatalf("%T is refused as %q by %q", m, out.Kind, body)
				}
			case Unknown:
				if out.Cause == "" {
					t.Fatalf("%T is unknown without a cause", m)
				}
			default:
				t.Fatalf("%T has the outcome %v", m, out)
			}
		}
		for _, path := range []Path{PathV1, PathSubmit, PathResult, PathStatus, PathQueue, pathHealth} {
			env, ok := parseEnvelope([]byte(body))
			if err := frontRefusal(call{op: "x", path: path}, code, env); ok && err != nil && Advice(err) == "" {
				t.Fatalf("no advice for %v", err)
			}
		}
		parseItems(r)
		parseSharedFolders(r)
		parseFolder(r)
		parseTree(r)
		parseOneTimeShares(r)
		parseDevices(r)
		parseEPM(r)
		parseSecrets(r, rz)
		parseWhoAmI(r)
		parseVersion(r)
		parseServer(r)
	})
}

// bigListing is an answer to SearchAll of n records.
func bigListing(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"command": "search", "data": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"details": "Type: login, Description: user%[1]d @ https://host%[1]d.example.com/path, Record Category: classic", "name": "team %[1]d login to a system", "type": "record", "uid": "AAAAAAAAAAAAAAAA%06[1]d"}`, i)
	}
	b.WriteString(`], "status": "success"}`)
	return []byte(b.String())
}

func TestFiftyThousandRecordsAreOneAnswer(t *testing.T) {
	t.Parallel()
	body := bigListing(50_000)
	c := client(t, Options{URL: serve(t, 200, string(body)).URL})
	items, err := c.SearchAll(t.Context())
	if err != nil || len(items) != 50_000 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	last := Item{RecordItem, "AAAAAAAAAAAAAAAA049999", "team 49999 login to a system", "login", "user49999 @ https://host49999.example.com/path", "classic"}
	if items[49_999] != last {
		t.Errorf("the last is %+v, want %+v", items[49_999], last)
	}
}

func BenchmarkSearchAll50000(b *testing.B) {
	body := bigListing(50_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		env, ok := parseEnvelope(body)
		if !ok {
			b.Fatal("no envelope")
		}
		if items, err := parseItems(env.reply(200)); err != nil || len(items) != 50_000 {
			b.Fatal(err)
		}
	}
}

// A service that mixes answers up proves nothing: neither that something is so, nor
// that it is gone.
func TestAnswersAboutSomethingElseProveNothing(t *testing.T) {
	t.Parallel()
	const other = "NebebBkWL8I-15gXTW2y_w"
	row := `{"approval_uid":"` + other + `","status":"Approved","created":"2026-11-21T10:00:00","expire_in":30}`
	for _, tt := range []struct {
		name string
		code int
		body string
		read func(Reply) error
	}{
		{"a view of another request", 200, `{"status":"success","data":[` + row + `]}`, viewOf},
		{"a view of two", 200, `{"status":"success","data":[` + row + `,` + row + `]}`, viewOf},
		{"a view of none", 200, `{"status":"success","data":[]}`, viewOf},
		{"another request is not there", 500, `{"status":"error","error":"Unexpected error: Approval UID \"` + other + `\" does not exist"}`, viewOf},
		{"another object is not there", 500, `{"status":"error","error":"Unexpected error: get: Cannot find any object with UID: ` + other + `"}`, objectOf},
		{"another record", 200, `{"status":"success","data":{"record_uid":"` + other + `","title":"x"}}`, objectOf},
		{"another folder", 200, `{"status":"success","data":{"folder_uid":"` + other + `","name":"x","manage_users":true}}`, objectOf},
		{"the links of another record", 200, `{"status":"success","data":[{"record_uid":"` + other + `","share_link_id":"x"}]}`, linksOf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.read(mustReply(t, tt.code, tt.body))
			if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrWrongObject) || !errors.Is(err, ErrCommandFailed) {
				t.Errorf("%v", err)
			}
			if own := tt.read(mustReply(t, tt.code, strings.ReplaceAll(tt.body, other, string(rz)))); tt.code == 500 && !errors.Is(own, ErrNotFound) {
				t.Errorf("what was asked for is not there: %v", own)
			}
		})
	}
}

func viewOf(r Reply) error {
	_, err := parseEPMView(r, rz)
	return err
}

func objectOf(r Reply) error {
	_, err := parseObject(r, rz)
	return err
}

func linksOf(r Reply) error {
	_, err := parseSharesOf(r, rz)
	return err
}
