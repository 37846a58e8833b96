package vaultsim

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// fieldsOf returns the filled fields of a record by type.label.
func fieldsOf(r Record) map[string]any {
	out := map[string]any{}
	for prefix, fields := range map[string][]Field{"": r.Fields, "c.": r.Custom} {
		for _, f := range fields {
			if len(f.Value) > 0 {
				out[prefix+f.Type+"."+f.Label] = f.Value[0]
			}
		}
	}
	return out
}

func TestFieldValuesOfNewRecords(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	for _, tt := range []struct {
		name   string
		typ    string
		fields string
		want   map[string]any
	}{
		{"blanks around a value are dropped", "login", "'login= a b '", map[string]any{"login.login": "a b"}},
		{"base64 carries any text", "login", "'password=$BASE64:YSJiJ2MK'", map[string]any{"password.password": "a\"b'c\n"}},
		{"base64 on an object is dropped", "serverCredentials", "'host=$BASE64:YQ=='", map[string]any{}},
		{"JSON alone stores nothing", "login", "'login=$JSON'", map[string]any{}},
		{"JSON fills an object", "serverCredentials", `'host=$JSON:{"hostName":"h","port":"22"}'`,
			map[string]any{"host.host": map[string]string{"hostName": "h", "port": "22"}}},
		{"host from text", "serverCredentials", "host=h:2222", map[string]any{"host.host": map[string]string{"hostName": "h", "port": "2222"}}},
		{"name with a comma", "membership", "'name=Doe, Jane Q'",
			map[string]any{"name.name": map[string]string{"first": "Jane", "middle": "Q", "last": "Doe"}}},
		{"date from text", "softwareLicense", "date.dateActive=2026-01-01", map[string]any{"date.dateActive": int64(1767225600000)}},
		{"seconds become milliseconds", "softwareLicense", "expirationDate=1767225600", map[string]any{"expirationDate.expirationDate": int64(1767225600000)}},
		{"label in another case", "databaseCredentials", "text.Type=pg", map[string]any{"text.type": "pg"}},
		{"other label makes a custom field", "databaseCredentials", "text.kind=pg", map[string]any{"c.text.kind": "pg"}},
		{"forced custom field", "login", "c.login.spare=x", map[string]any{"c.login.spare": "x"}},
		{"unknown name labels a text field", "login", "'Some thing=x'", map[string]any{"c.text.Some thing": "x"}},
		{"several lines in a note", "encryptedNotes", `'note=a\nb\\nc'`, map[string]any{"note.note": "a\nb\\nc"}},
		{"no line feeds in a password", "login", `'password=a\nb'`, map[string]any{"password.password": `a\nb`}},
		{"doubled equals sign moves into the name", "login", "password==x=y", map[string]any{"c.text.password=x": "y"}},
		{"single equals sign in front stays", "login", "password==x", map[string]any{"password.password": "=x"}},
		{"question and answer", "login", "'securityQuestion=Pet? Rex'",
			map[string]any{"securityQuestion.securityQuestion": map[string]string{"question": "Pet?", "answer": "Rex"}}},
		{"bank account", "bankAccount", "'bankAccount=Checking: 123456789 987654321'", map[string]any{
			"bankAccount.bankAccount": map[string]string{"accountType": "Checking", "routingNumber": "123456789", "accountNumber": "987654321"}}},
		{"phone", "contact", "'phone=Mobile: US (555)555-1234'", map[string]any{
			"phone.phone": map[string]string{"type": "Mobile", "region": "US", "number": "(555)555-1234", "ext": ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := m.data("record-add -t 'T' -rt " + tt.typ + " " + tt.fields).(map[string]any)
			r, _ := m.s.Vault().Record(data["record_uid"].(string))
			if got := fieldsOf(r); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("fields %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRefusedRecordsAreNotMade(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	for command, status := range map[string]int{
		"record-add -t T -rt login 'password=$BASE64:'":                              400,
		"record-add -t T -rt login nosuchtype.x=1":                                   200,
		"record-add -t T -rt login Password=$GEN":                                    200,
		"record-add -t T -rt login host":                                             500,
		"record-add -t T -rt Login login=a":                                          500,
		"record-add -t '' -rt login login=a":                                         500,
		"record-add -t T -rt login --titl=x":                                         400,
		"record-update -r " + billing + " 'host=$JSON:{\"port\":\"1\",\"x\":\"2\"}'": 200,
	} {
		if r := m.run(command); r.status != status {
			t.Errorf("%s: %d %s", command, r.status, r.body)
		}
	}
	if got := m.s.Ledger(); len(got) != 0 {
		t.Errorf("ledger %v", got)
	}
}

func TestGeneratedValuesAreNotReturned(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	r := m.run("record-add -t T -rt sshKeys 'keyPair=$GEN:ed25519' c.password.a=$GEN:rand,32 c.password.b='$GEN:dice,4' c.oneTimeCode.c=$GEN")
	uid := r.json(t)["data"].(map[string]any)["record_uid"].(string)
	rec, _ := m.s.Vault().Record(uid)
	fields := fieldsOf(rec)
	if p := fields["c.password.a"].(string); len(p) != 32 || strings.Contains(string(r.body), p) {
		t.Errorf("password %q in %s", p, r.body)
	}
	if p := fields["c.password.b"].(string); len(strings.Fields(p)) != 4 {
		t.Errorf("dice words %q", p)
	}
	if k := fields["keyPair.keyPair"].(map[string]string); !strings.HasPrefix(k["publicKey"], "ssh-ed25519 ") {
		t.Errorf("key pair %v", k)
	}
	if c := fields["c.oneTimeCode.c"].(string); !strings.HasPrefix(c, "otpauth://") {
		t.Errorf("one time code %q", c)
	}
}

func TestUnknownFolderPutsTheRecordIntoTheRoot(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("record-add -t A -rt login --folder=Nowhere login=a")
	m.run("record-add -t B -rt login --folder=Infrastructure/Linux login=a")
	m.run("record-add -t C -rt login --folder=" + dbaSF + " login=a")
	var folders []string
	for _, e := range m.s.Ledger() {
		folders = append(folders, e.Folder)
	}
	if want := []string{"", "1SMElfMQOjgE1NNkuIfnrg", dbaSF}; !slices.Equal(folders, want) {
		t.Errorf("folders %q, want %q", folders, want)
	}
}

func TestOldServicesTakeBase64LiterallyAndLeaveTheCategoryOut(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Version: "17.2.1"})
	uid := m.data("record-add -t T -rt login 'login=$BASE64:YQ=='").(map[string]any)["record_uid"].(string)
	r, _ := m.s.Vault().Record(uid)
	if got := fieldsOf(r)["login.login"]; got != "$BASE64:YQ==" {
		t.Errorf("login %v", got)
	}
	rows := m.data("search " + uid + " --format json").([]any)
	if d := rows[0].(map[string]any)["details"]; d != "Type: login, Description: $BASE64:YQ==" {
		t.Errorf("details %v", d)
	}
}

func TestNotesAreReplacedOrAppended(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	for _, tt := range []struct{ command, want string }{
		{`record-update -r ` + billing + ` -n 'a\nb'`, "a\nb"},
		{`record-update -r ` + billing + ` -n '+c'`, "a\nb\nc"},
		{`append-notes --notes='C:\\new' ` + billing, "a\nb\nc\nC:\\new"},
		{`record-update -r ` + billing + ` -n '+ d \n'`, "a\nb\nc\nC:\\new\nd"},
		{`record-update -r ` + billing + ` --notes=`, ""},
	} {
		m.run(tt.command)
		if r, _ := m.s.Vault().Record(billing); r.Notes != tt.want {
			t.Errorf("%s: notes %q, want %q", tt.command, r.Notes, tt.want)
		}
	}
}

func TestEndpointRequestsAreCachedUntilSyncDownOrAnAction(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	pending := func() int { return len(m.data("epm approval list --type=pending --format=json").([]any)) }
	if n := pending(); n != 15 {
		t.Fatalf("%d pending", n)
	}
	uid := m.s.Vault().AddApproval(Approval{Type: "CommandLine", ExpireIn: 30, Application: []Pair{{"CommandLine", strings.Repeat("x", 60)}}})
	if n := pending(); n != 15 {
		t.Errorf("%d pending before sync-down", n)
	}
	m.run("epm sync-down")
	if n := pending(); n != 16 {
		t.Errorf("%d pending after sync-down", n)
	}
	m.run("epm approval action --deny=" + uid)
	if n := pending(); n != 15 {
		t.Errorf("%d pending after the action", n)
	}
	if got := m.s.Ledger(); len(got) != 1 || got[0].Kind != Deny || got[0].UID != uid {
		t.Errorf("ledger %v", got)
	}
	// A restart of the service keeps what it knew: the data live in a file.
	m.s.Vault().AddApproval(Approval{Type: "Custom"})
	m.s.Restart()
	if n := pending(); n != 15 {
		t.Errorf("%d pending after a restart", n)
	}
}

func TestDevicesAreDecidedByPrefixOrAllAtOnce(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("device-approve -a 22dab9d8")
	if got := m.s.Ledger(); len(got) != 1 || got[0].Kind != DeviceApprove || got[0].User != "alice@example.com" {
		t.Errorf("ledger %v", got)
	}
	m.run("device-approve --deny")
	if got := m.kinds(); !slices.Equal(got, []Kind{DeviceApprove, DeviceDeny, DeviceDeny}) {
		t.Errorf("ledger %v", got)
	}
}

func TestVariablesAreForgottenWithTheSession(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("set who erin@example.com")
	m.run("share-record -e ${who} " + billing)
	if got := m.s.Ledger(); len(got) != 1 || got[0].User != "erin@example.com" {
		t.Errorf("ledger %v", got)
	}
	m.s.Restart()
	if r := m.run("share-record -e ${who} " + billing); !strings.Contains(r.text(t), "Invalid email format: ${who}") {
		t.Errorf("%s", r.body)
	}
}

func TestTitlesInOutputChangeTheAnswersStatus(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.Vault().EditRecord("nMTgPqorxhjjiCm80QzR5Q", func(r *Record) { r.Title = "Invalid done thing" })
	m.run("sync-down")
	if r := m.run("share-folder -r nMTgPqorxhjjiCm80QzR5Q -d on " + dbaSF); r.status != http.StatusMultiStatus {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestConcurrentCallersWithoutAQueueReadEachOthersOutput(t *testing.T) {
	t.Parallel()
	m := start(t, Options{NoQueue: true, Latency: time.Second})
	answers := make(chan string, 2)
	for _, command := range []string{grantDave, "share-record -e erin@example.com " + gitlab} {
		go func() { answers <- m.run(command).text(t) }()
	}
	m.clock.AwaitWaits(2)
	m.clock.Advance(time.Second)
	both := 0
	for range 2 {
		if a := <-answers; strings.Contains(a, "dave@") && strings.Contains(a, "erin@") {
			both++
		}
	}
	if both == 0 {
		t.Error("nobody read the other's output")
	}
}
