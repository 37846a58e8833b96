package vaultclient

import (
	"errors"
	"testing"
	"time"
)

var (
	sentAt  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	running = Window{sentAt, sentAt.Add(10 * time.Second)}
)

func checkFinding(t *testing.T, name string, got Finding, want Standing) {
	t.Helper()
	if got.Standing != want || (got.Evidence != nil) != (want == Stands) || (got.Text != "") != (want != Stands) {
		t.Errorf("%s: %s with evidence %v and text %q, want %s", name, got.Standing, got.Evidence, got.Text, want)
	}
}

func TestSharesAreVerifiedByWhatStands(t *testing.T) {
	t.Parallel()
	end := sentAt.Add(4 * time.Hour)
	with := func(p Permission) Record {
		p.Email = "Alice@Example.com"
		return Record{UID: rz, Users: []Permission{{Email: bob, Owner: true, Editable: true, Shareable: true}, p}}
	}
	edit := ShareRecord{Record: rz, Email: alice, Edit: true}
	for _, tt := range []struct {
		name string
		m    ShareRecord
		r    Record
		want Standing
	}{
		{"nothing is there", edit, Record{UID: rz}, Absent},
		{"the right stands", edit, with(Permission{Editable: true}), Stands},
		{"the right is lower", edit, with(Permission{}), Different},
		{"the right is higher", edit, with(Permission{Editable: true, Shareable: true}), Different},
		{"view over edit does not lower", share(alice, rz), with(Permission{Editable: true}), Different},
		{"it waits for approval", edit, with(Permission{Editable: true, AwaitingApproval: true}), Different},
		{"an unsaid end is not compared", edit, with(Permission{Editable: true, Expires: end}), Stands},
		{"the end stands to the second", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: Until(end.Add(900 * time.Millisecond))}, with(Permission{Editable: true, Expires: end}), Stands},
		{"the end is another", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: Until(end)}, with(Permission{Editable: true, Expires: end.Add(time.Second)}), Different},
		{"the end is missing", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: Until(end)}, with(Permission{Editable: true}), Different},
		{"no end stands", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: Endless()}, with(Permission{Editable: true}), Stands},
		{"an end still stands", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: Endless()}, with(Permission{Editable: true, Expires: end}), Different},
		{"the period fits", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: After(4 * time.Hour)}, with(Permission{Editable: true, Expires: end.Add(5 * time.Second)}), Stands},
		{"the clocks differ a little", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: After(4 * time.Hour)}, with(Permission{Editable: true, Expires: end.Add(-ClockSlack)}), Stands},
		{"the period is another", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: After(4 * time.Hour)}, with(Permission{Editable: true, Expires: end.Add(time.Hour)}), Different},
		{"the period left no end", ShareRecord{Record: rz, Email: alice, Edit: true, Expiry: After(4 * time.Hour)}, with(Permission{Editable: true}), Different},
	} {
		checkFinding(t, tt.name, tt.m.Verify(tt.r, running), tt.want)
	}
	gone, there := Record{UID: rz}, with(Permission{Editable: true})
	checkFinding(t, "revoked", RevokeRecord{rz, alice}.Verify(gone), Stands)
	checkFinding(t, "not revoked", RevokeRecord{rz, alice}.Verify(there), Absent)
	checkFinding(t, "lowered", LowerRecord{rz, alice, true, false}.Verify(with(Permission{Shareable: true})), Stands)
	checkFinding(t, "not lowered", LowerRecord{rz, alice, true, false}.Verify(there), Absent)
	checkFinding(t, "one of two not lowered", LowerRecord{rz, alice, true, true}.Verify(with(Permission{Shareable: true})), Absent)
	checkFinding(t, "lowered to nothing", LowerRecord{rz, alice, true, false}.Verify(gone), Different)
	checkFinding(t, "transferred", TransferRecord{rz, bob}.Verify(there), Stands)
	checkFinding(t, "not transferred", TransferRecord{rz, alice}.Verify(there), Absent)
}

func TestPermissionTakesDoubleEntriesTogether(t *testing.T) {
	t.Parallel()
	end := sentAt.Add(time.Hour)
	for _, tt := range []struct {
		name string
		a, b Permission
		want Permission
	}{
		{"the owner shared to the owner", Permission{Owner: true, Editable: true, Shareable: true}, Permission{Editable: true},
			Permission{Owner: true, Editable: true, Shareable: true}},
		{"one without an end", Permission{Expires: end}, Permission{}, Permission{}},
		{"the other without an end", Permission{}, Permission{Expires: end}, Permission{}},
		{"the later end", Permission{Expires: end}, Permission{Expires: end.Add(time.Hour)}, Permission{Expires: end.Add(time.Hour)}},
		{"one that waits", Permission{AwaitingApproval: true}, Permission{Editable: true}, Permission{Editable: true}},
	} {
		tt.a.Email, tt.b.Email, tt.want.Email = alice, alice, alice
		if got, ok := (Record{Users: []Permission{tt.a, tt.b}}).Permission("ALICE@example.com"); !ok || got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
	if _, ok := (Record{Users: []Permission{{Email: bob}}}).Permission(alice); ok {
		t.Error("a permission of somebody else was taken")
	}
}

func TestFolderSharesAreVerifiedByWhatStands(t *testing.T) {
	t.Parallel()
	zurich := time.FixedZone("host", 3600)
	with := func(m Member) SharedFolder {
		m.Email = alice
		return SharedFolder{UID: dba, Users: []Member{m}}
	}
	grant := ShareFolder{Folder: dba, Email: alice, ManageRecords: true}
	limited := ShareFolder{Folder: dba, Email: alice, Expiry: After(time.Hour)}
	for _, tt := range []struct {
		name string
		m    ShareFolder
		f    SharedFolder
		want Standing
	}{
		{"not a member", grant, SharedFolder{UID: dba}, Absent},
		{"the rights stand", grant, with(Member{ManageRecords: true, Expires: Never}), Stands},
		{"the rights differ", grant, with(Member{ManageRecords: true, ManageUsers: true, Expires: Never}), Different},
		{"the end stands in the host's zone", limited, with(Member{Expires: "2026-11-21T14:00:05.123000"}), Stands},
		{"the end would fit in UTC only", limited, with(Member{Expires: "2026-11-21T13:00:05"}), Different},
		{"the end is missing", limited, with(Member{Expires: Never}), Different},
		{"the end cannot be read", limited, with(Member{Expires: "soon"}), Different},
	} {
		checkFinding(t, tt.name, tt.m.Verify(tt.f, zurich, running), tt.want)
	}
	checkFinding(t, "removed", UnshareFolder{dba, alice}.Verify(SharedFolder{}), Stands)
	checkFinding(t, "not removed", UnshareFolder{dba, alice}.Verify(with(Member{})), Absent)
}

func TestLinksAreFoundAgain(t *testing.T) {
	t.Parallel()
	mine, old := OneTimeShare{Record: rz, Share: link}, OneTimeShare{Record: rz, Share: "old"}
	checkFinding(t, "removed", OneTimeShareRemove{rz, link}.Verify([]OneTimeShare{old}), Stands)
	checkFinding(t, "not removed", OneTimeShareRemove{rz, link}.Verify([]OneTimeShare{old, mine}), Absent)
}

func TestRecordsAreFoundByTheirMarker(t *testing.T) {
	t.Parallel()
	one := Item{Kind: RecordItem, UID: rz}
	checkFinding(t, "none", addLogin.Verify(nil), Absent)
	checkFinding(t, "one", addLogin.Verify([]Item{one}), Stands)
	checkFinding(t, "two", addLogin.Verify([]Item{one, one}), Different)
}

func TestUpdatesAreVerifiedByRevisionAndValues(t *testing.T) {
	t.Parallel()
	now := func(revision int64) RecordWithSecrets {
		return RecordWithSecrets{Record{UID: rz, Title: "New", Revision: revision}, Secrets{
			Notes: NewSecret("first\nmore"),
			Fields: []SecretField{
				{Type: "login", Label: "login", Values: []Secret{NewSecret("app")}},
				{Type: "password", Values: []Secret{NewSecret("generated")}},
				{Type: "host", Values: []Secret{NewSecret(`{"hostName":"db1","port":"5432"}`)}},
				{Type: "url"}, {Type: "keyPair"},
				{Type: "note", Label: "Secret words", Values: []Secret{NewSecret("x")}},
				{Type: "date", Values: []Secret{NewSecret("1893456000000")}},
				{Type: "text", Label: "Env", Custom: true, Values: []Secret{NewSecret("prod")}},
			},
		}}
	}
	field := func(typ, label string, v Value) RecordUpdate {
		return RecordUpdate{Record: rz, Fields: []Field{{Type: typ, Label: label, Custom: label != "", Value: v}}}
	}
	for _, tt := range []struct {
		name string
		m    RecordUpdate
		want Standing
	}{
		{"the title", RecordUpdate{Title: "New"}, Stands},
		{"another title", RecordUpdate{Title: "Newer"}, Different},
		{"appended notes", RecordUpdate{Notes: NewSecret("more"), Append: true}, Stands},
		{"appended notes without the blanks around them", RecordUpdate{Notes: NewSecret(" more\n"), Append: true}, Stands},
		{"replaced notes", RecordUpdate{Notes: NewSecret("first\r\nmore")}, Stands},
		{"other notes", RecordUpdate{Notes: NewSecret("more")}, Different},
		{"a text", field("login", "", Text("app")), Stands},
		{"another text", field("login", "", Text("root")), Different},
		{"a custom text with its label in other case", field("text", "env", Text("prod")), Stands},
		{"an object", field("host", "", Parts(map[string]string{"hostName": "db1"})), Stands},
		{"another object", field("host", "", Parts(map[string]string{"hostName": "db2"})), Different},
		{"a generated value", field("password", "", RandomPassword(20)), Stands},
		{"a generated value that is missing", field("keyPair", "", RandomKeyPair()), Different},
		{"a field that is found by its type", field("note", "", Text("x")), Stands},
		{"a day at midnight", field("date", "", Date(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))), Stands},
		{"a day at noon far in the west", field("date", "", Date(time.Date(2029, 12, 31, 0, 0, 0, 0, time.UTC))), Stands},
		{"another day", field("date", "", Date(time.Date(2029, 12, 30, 0, 0, 0, 0, time.UTC))), Different},
		{"the day after tomorrow", field("date", "", Date(time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC))), Different},
		{"a cleared field", field("url", "", Text("")), Stands},
		{"a field that should be cleared", field("login", "", Text("")), Different},
		{"a field that is missing", field("secret", "", Text("x")), Different},
	} {
		checkFinding(t, tt.name, tt.m.Verify(7, now(8)), tt.want)
		checkFinding(t, tt.name+", same revision", tt.m.Verify(8, now(8)), Absent)
	}
}

func TestDecisionsAreVerifiedByTheStateTheyLeave(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		verb   EPMVerb
		status EPMStatus
		want   Standing
	}{
		{EPMApprove, EPMApproved, Stands}, {EPMDeny, EPMDenied, Stands}, {EPMApprove, EPMDenied, Different}, {EPMDeny, EPMApproved, Different},
		{EPMApprove, EPMPending, Absent}, {EPMApprove, EPMEscalated, Absent}, {EPMApprove, EPMExpired, Different}, {EPMApprove, "Unsupported", Different},
	} {
		checkFinding(t, string(tt.verb)+" and "+string(tt.status), EPMAction{rz, tt.verb}.Verify(EPMRequest{UID: rz, Status: tt.status}), tt.want)
	}
	device := DeviceAction{"b15a0fc0ea5519a11ea9", DeviceApprove}
	checkFinding(t, "device gone", device.Verify(nil), Stands)
	checkFinding(t, "device waits", device.Verify([]Device{{ID: "b15a0fc0ea5519a11ea9"}}), Absent)
}

func TestLocalTimesNeedAZone(t *testing.T) {
	t.Parallel()
	zurich := time.FixedZone("host", 3600)
	for _, tt := range []struct {
		said LocalTime
		want string // "" if it cannot be read
	}{
		{"2026-11-21T19:54:46.416000", "2026-11-21T18:54:46.416Z"}, {"2026-11-21 19:54:37", "2026-11-21T18:54:37Z"},
		{"2026-11-21T19:54:46", "2026-11-21T18:54:46Z"}, {Never, ""}, {"", ""}, {"tomorrow", ""}, {"2026-13-01T00:00:00", ""},
	} {
		got, err := tt.said.In(zurich)
		if tt.want == "" {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%q = %v, %v", tt.said, got, err)
			}
			continue
		}
		if err != nil || got.UTC().Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%q = %v, %v, want %s", tt.said, got, err, tt.want)
		}
	}
	e := EPMRequest{ExpiresIn: 30, Created: "2026-11-21T19:54:46"}
	if at, err := e.Expires(zurich); err != nil || !at.Equal(time.Date(2026, 11, 21, 19, 24, 46, 0, time.UTC)) {
		t.Errorf("Expires = %v, %v", at, err)
	}
}

func TestJustificationsAreReadOutOfTheirEnvelope(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"text": "Ticket INC0012345", "ticket": "INC0012345"}`: "Ticket INC0012345",
		`{"ticket": "INC0012345"}`:                              `{"ticket": "INC0012345"}`,
		`{"text": ""}`:                                          "",
		`{"text": 7}`:                                           `{"text": 7}`,
		"Need to install an update":                             "Need to install an update",
		`["text"]`:                                              `["text"]`,
		"":                                                      "",
	} {
		if got := (EPMRequest{Justification: in}).Reason(); got != want {
			t.Errorf("Reason(%q) = %q, want %q", in, got, want)
		}
	}
}
