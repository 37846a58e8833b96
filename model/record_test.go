package model_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
)

const pemKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"

func TestFieldsTakeWhatTheVaultHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		field model.Field
		text  string
		good  bool
	}{
		{"nothing", model.Field{Kind: model.FieldText}, "", true},
		{"nothing where it is needed", model.Field{Kind: model.FieldText, Required: true}, "", false},
		{"two lines in a text", model.Field{Kind: model.FieldText}, "a\nb", false},
		{"two lines in a long text", model.Field{Kind: model.FieldMultiline}, "a\nb\n", true},
		{"a carriage return", model.Field{Kind: model.FieldMultiline}, "a\r\nb", false},
		{"a zero", model.Field{Kind: model.FieldMultiline}, "a\x00", false},
		{"no UTF-8", model.Field{Kind: model.FieldSecret}, "\xff", false},
		{"blanks around", model.Field{Kind: model.FieldSecret}, " x", false},
		{"as much as fits", model.Field{Kind: model.FieldText}, strings.Repeat("x", model.MaxText), true},
		{"one more", model.Field{Kind: model.FieldText}, strings.Repeat("x", model.MaxText+1), false},
		{"a bound of its own", model.Field{Kind: model.FieldText, Max: 3}, "abcd", false},
		{"an address", model.Field{Kind: model.FieldURL}, "https://example.com/a?b=c", true},
		{"no address", model.Field{Kind: model.FieldURL}, "example.com", false},
		{"a day", model.Field{Kind: model.FieldDate}, "2028-02-29", true},
		{"a day that is none", model.Field{Kind: model.FieldDate}, "2027-02-29", false},
		{"a day before there were any", model.Field{Kind: model.FieldDate}, "0001-01-01", false},
		{"a host", model.Field{Kind: model.FieldHostPort}, "db1", true},
		{"a host with a port", model.Field{Kind: model.FieldHostPort}, "db1:5432", true},
		{"a port that is none", model.Field{Kind: model.FieldHostPort}, "db1:0", false},
		{"an address without a port", model.Field{Kind: model.FieldHostPort}, "fe80::1", true},
		{"a host with blanks", model.Field{Kind: model.FieldHostPort}, "a b", false},
		{"a name", model.Field{Kind: model.FieldName}, "Ada King Lovelace", true},
		{"a name with two blanks", model.Field{Kind: model.FieldName}, "Ada  Lovelace", false},
		{"a key", model.Field{Kind: model.FieldKeyPair}, pemKey, true},
		{"a key with its public one", model.Field{Kind: model.FieldKeyPair}, pemKey + "ssh-ed25519 AAAA me", true},
		{"a key after something else", model.Field{Kind: model.FieldKeyPair}, "my key:\n" + pemKey, false},
		{"a public key alone", model.Field{Kind: model.FieldKeyPair}, "ssh-ed25519 AAAA me", false},
		{"a seed", model.Field{Kind: model.FieldTOTP}, "jbsw y3dp ehpk 3pxp", true},
		{"a seed that is none", model.Field{Kind: model.FieldTOTP}, "12345678", false},
		{"a seed's address", model.Field{Kind: model.FieldTOTP}, "otpauth://totp/me?secret=JBSWY3DPEHPK3PXP", true},
		{"one that the vault cannot take", model.Field{Kind: model.FieldTOTP}, `otpauth://totp/a\b?secret=JBSWY3DPEHPK3PXP`, false},
		{"a generated password", model.Field{Kind: model.FieldSecret, Vault: "password"}, "generate random 24", true},
		{"a generated password that is too short", model.Field{Kind: model.FieldSecret, Vault: "password"}, "generate random 2", true}, // the text itself
		{"a generated key for a password", model.Field{Kind: model.FieldSecret, Vault: "password"}, "generate rsa", false},
		{"a link of an hour", model.Field{Kind: model.FieldLimit}, "1h", true},
		{"a link of a year", model.Field{Kind: model.FieldLimit}, "365d", false},
	} {
		if err := tt.field.Validate(tt.text); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestHostAndPortComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[a-z0-9][a-z0-9.-]{0,20}|[0-9a-f]{1,4}::[0-9a-f]{1,4}`).Draw(t, "host")
		port := rapid.StringMatching(`|[1-9][0-9]{0,3}`).Draw(t, "port")
		h, p, err := model.HostPort(model.JoinHostPort(host, port))
		if err != nil || h != host || p != port {
			t.Fatalf("%q %q: %v", h, p, err)
		}
	})
}

func TestEveryTypeOfRecordCanBeChanged(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		if !item.Creates() {
			continue
		}
		fields := model.RecordFields(item.RecordType)
		asked := 0
		for _, f := range item.Fields {
			if f.Vault == "" {
				continue
			}
			asked++
			if !slices.ContainsFunc(fields, func(o model.Field) bool { return o.Key == f.Key && o.Vault == f.Vault }) {
				t.Errorf("%s cannot be changed in a %s", f.Key, item.RecordType)
			}
		}
		if len(fields) != asked || slices.ContainsFunc(fields, func(f model.Field) bool { return f.Required }) {
			t.Errorf("%s: %+v", item.RecordType, fields)
		}
	}
	var keys []string
	for _, f := range model.RecordFields("pamUser") {
		keys = append(keys, f.Key)
	}
	if want := []string{"login", "password"}; !slices.Equal(keys, want) {
		t.Errorf("a type that the catalog does not have: %q", keys)
	}
}

func TestWhichRecordTheWorkIsAbout(t *testing.T) {
	t.Parallel()
	folder := model.Target{Kind: model.TargetFolder, UID: "FFFFFFFFFFFFFFFFFFFFFF"}
	record := model.Target{Kind: model.TargetRecord, UID: "RRRRRRRRRRRRRRRRRRRRRR"}
	made := model.Operation{Kind: model.OpCreate, State: model.OpDone,
		Intent: model.Intent{Record: "MMMMMMMMMMMMMMMMMMMMMM", Create: &model.NewRecord{Title: "new", Type: "login"}}}
	refused := made
	refused.State = model.OpRefused
	for _, tt := range []struct {
		name string
		c    model.Case
		want model.UID
	}{
		{"a request about a record", model.Case{Request: model.Request{Target: record}}, record.UID},
		{"a request about a folder", model.Case{Request: model.Request{Target: folder}}, ""},
		{"a record that was picked", model.Case{Request: model.Request{Target: model.Target{Kind: model.TargetRecord}}, Tasks: []model.Task{{Picked: record}}}, record.UID},
		{"a record that was made in a folder", model.Case{Request: model.Request{Target: folder}, Operations: []model.Operation{made}}, made.Intent.Record},
		{"a record that was refused", model.Case{Request: model.Request{Target: folder}, Operations: []model.Operation{refused}}, ""},
	} {
		if got := tt.c.Record(); got.UID != tt.want || got.Kind != model.TargetRecord {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestNewRecordHoldsWhatWasAnswered(t *testing.T) {
	t.Parallel()
	item, _ := model.FindItem(model.ItemLogin)
	n := model.NewRecordOf(model.Request{Number: "REQ0000001", Answers: []model.Answer{{Field: "title", Value: "t"}, {Field: "login", Value: "app"},
		{Field: "password", Value: "generate words 6"}, {Field: "url", Value: ""}, {Field: "destroys", Value: "2h"}},
		Sealed: []model.SealedAnswer{{Field: "totp"}}}, item)
	want := []model.FieldValue{
		{Field: "login", Kind: model.FieldText, Vault: "login", Text: "app"},
		{Field: "password", Kind: model.FieldSecret, Vault: "password", Generate: model.Generate{By: model.GenWords, Length: 6}},
		{Field: "totp", Kind: model.FieldTOTP, Vault: "oneTimeCode", Sealed: true},
	}
	if n.Title != "t" || n.Marker != "REQ0000001" || n.Destroys.Hours() != 2 || !slices.Equal(n.Fields, want) {
		t.Errorf("%+v", n)
	}
}

func TestRecordsAreOnlyWrittenWhereARequestIsCarriedOut(t *testing.T) {
	t.Parallel()
	admin := model.Actor{Person: model.Person{ID: "priya", Active: true, Roles: []model.Role{model.RoleAdmin}}}
	record := model.Target{Kind: model.TargetRecord, UID: "RRRRRRRRRRRRRRRRRRRRRR"}
	described := model.Target{Kind: model.TargetRecord, Described: "a record"}
	for _, tt := range []struct {
		name           string
		item           model.ItemKey
		target         model.Target
		kind           model.TaskKind
		change, create bool
	}{
		{"access to a record that is named", model.ItemRecordAccess, record, model.TaskFulfil, true, false},
		{"access to a record in words", model.ItemRecordAccess, described, model.TaskFulfil, false, true},
		{"a link to a record in words", model.ItemOneTimeShare, described, model.TaskFulfil, false, true},
		{"taking access back", model.ItemRecordAccess, record, model.TaskRevoke, false, false},
		{"a folder", model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, Described: "a folder"}, model.TaskFulfil, false, false},
		{"a search", model.ItemSearchRecord, model.Target{Kind: model.TargetRecord}, model.TaskFulfil, false, false},
		{"a record to be made", model.ItemLogin, model.Target{Kind: model.TargetFolder}, model.TaskFulfil, false, false},
	} {
		c := model.Case{Request: model.Request{Item: tt.item, Target: tt.target, RequestedBy: "alice", State: model.InProcess},
			Tasks: []model.Task{{Kind: tt.kind, State: model.TaskInProgress, Assignee: "priya"}}}
		if err := model.Can(admin, model.ActChange, c, time.Time{}); (err == nil) != tt.change {
			t.Errorf("change in %s: %v", tt.name, err)
		}
		if err := model.Can(admin, model.ActCreate, c, time.Time{}); (err == nil) != tt.create {
			t.Errorf("create in %s: %v", tt.name, err)
		}
	}
}

// TestNamesOfAnswersHaveNoDot holds that an answer is told from what an admin typed
// in a task.
func TestNamesOfAnswersHaveNoDot(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		for _, f := range item.Fields {
			if !model.OfRequest(f.Key) {
				t.Errorf("%s asks %q", item.Key, f.Key)
			}
		}
	}
	if model.OfRequest(model.FieldLink) || model.OfRequest("change.password") {
		t.Error("what came later is taken for an answer")
	}
}

// TestAddressHoldsNoPassword holds that none gets into a title and in front of
// approvers by way of an address.
func TestAddressHoldsNoPassword(t *testing.T) {
	t.Parallel()
	f := model.Field{Kind: model.FieldURL}
	for address, want := range map[string]bool{
		"https://example.com/login":              true,
		"https://app@example.com/login":          true,
		"https://app:hunter2@example.com/login":  false,
		"postgres://app:hunter2@db1:5432/ledger": false,
	} {
		if err := f.Validate(address); (err == nil) != want || err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
