package vaultclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

const (
	link = ShareID("-8RBk3-X16zrSKSYiqh8iGDzjRMwoX7uRhkJoctBK7mcFaJCzqVzhZk2fMfrLBtv8PLQFzDuOOjIt0GkBwfwbQ")
	dash = UID("-N-ffuRDIM3bv_hnPv6tUA")
	team = UID("dp1kidaDI2e1r2y0YSzcIw")
)

func TestMutationsAreWrittenAsTheProtocolSays(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 4, 4, 5, 999, time.FixedZone("", 3600))
	for _, tt := range []struct {
		m    Mutation
		want string
	}{
		{share(alice, rz), "share-record --email=alice@example.com --action=grant -f RZToj60CrP9GDxjDTPWxAQ"},
		{ShareRecord{Record: rz, Email: alice, Edit: true, Share: true, Expiry: After(4 * time.Hour)},
			"share-record --email=alice@example.com --action=grant -f --write --share --expire-in=240mi RZToj60CrP9GDxjDTPWxAQ"},
		{ShareRecord{Record: dash, Email: alice, Expiry: Until(at)},
			"share-record --email=alice@example.com --action=grant -f --expire-at=2030-01-02T03:04:05+00:00 -- '-N-ffuRDIM3bv_hnPv6tUA'"},
		{ShareRecord{Record: rz, Email: alice, Expiry: Endless()}, "share-record --email=alice@example.com --action=grant -f --expire-in=never RZToj60CrP9GDxjDTPWxAQ"},
		{LowerRecord{rz, alice, true, false}, "share-record --email=alice@example.com --action=revoke -f --write RZToj60CrP9GDxjDTPWxAQ"},
		{LowerRecord{rz, alice, true, true}, "share-record --email=alice@example.com --action=revoke -f --write --share RZToj60CrP9GDxjDTPWxAQ"},
		{RevokeRecord{rz, alice}, "share-record --email=alice@example.com --action=revoke -f RZToj60CrP9GDxjDTPWxAQ"},
		{TransferRecord{rz, alice}, "share-record --email=alice@example.com --action=owner -f RZToj60CrP9GDxjDTPWxAQ"},
		{ShareFolder{Folder: dba, Email: alice, ManageRecords: true},
			"share-folder --email=alice@example.com --action=grant -f --manage-records=on --manage-users=off 4KcmDEAO-kNEDojKV8dTXw"},
		{ShareFolder{Folder: dba, Email: alice, Expiry: After(time.Hour)},
			"share-folder --email=alice@example.com --action=grant -f --manage-records=off --manage-users=off --expire-in=60mi 4KcmDEAO-kNEDojKV8dTXw"},
		{UnshareFolder{dba, alice}, "share-folder --email=alice@example.com --action=remove -f 4KcmDEAO-kNEDojKV8dTXw"},
		{ShareFolderTeam{dba, team, false, true}, "share-folder --email=dp1kidaDI2e1r2y0YSzcIw --action=grant -f --manage-records=off --manage-users=on 4KcmDEAO-kNEDojKV8dTXw"},
		{UnshareFolderTeam{dba, dash}, "share-folder --email='-N-ffuRDIM3bv_hnPv6tUA' --action=remove -f 4KcmDEAO-kNEDojKV8dTXw"},
		{FolderRecordRights{dba, OneRecord, rz, true, false}, "share-folder --record=RZToj60CrP9GDxjDTPWxAQ --can-edit=on --can-share=off -f 4KcmDEAO-kNEDojKV8dTXw"},
		{FolderRecordRights{dba, PresentRecords, "", false, true}, "share-folder --record=@existing --can-edit=off --can-share=on -f 4KcmDEAO-kNEDojKV8dTXw"},
		{FolderRecordRights{dba, LaterRecords, "", true, true}, "share-folder --record='*' --can-edit=on --can-share=on -f 4KcmDEAO-kNEDojKV8dTXw"},
		{ShareRecord{Record: rz, Email: alice, Expiry: After(time.Hour), Rotate: true},
			"share-record --email=alice@example.com --action=grant -f --expire-in=60mi --rotate-on-expiration RZToj60CrP9GDxjDTPWxAQ"},
		{RecordAdd{Title: "t", Type: "sshKeys", Marker: "REQ0012345", SelfDestruct: time.Hour, Fields: []Field{
			{Type: "keyPair", Value: GenerateKeyPair(RSA, true)}, {Type: "host", Value: Parts(map[string]string{"hostName": ""})},
		}}, "record-add --title=t --record-type=sshKeys --self-destruct=60mi 'keyPair=$GEN:rsa,enc' c.text.request_id=REQ0012345"},
		{RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Fields: []Field{{Type: "password", Value: Passphrase(7)}}},
			"record-add --title=t --record-type=login 'password=$GEN:passphrase,7' c.text.request_id=REQ0012345"},
		{RecordUpdate{Record: rz, ClearNotes: true}, "record-update --record=RZToj60CrP9GDxjDTPWxAQ --notes=''"},
		{RecordUpdate{Record: rz, Notes: NewSecret("\x1f a\n b \n"), Append: true}, `record-update --record=RZToj60CrP9GDxjDTPWxAQ --notes='+a\n b'`},
		{OneTimeShareCreate{Record: rz, Lives: MaxLinkLife, Name: "REQ0012345"}, "one-time-share create --expire=262080mi --name=REQ0012345 RZToj60CrP9GDxjDTPWxAQ"},
		{OneTimeShareCreate{Record: rz, Lives: time.Hour, Name: "REQ0012345", Editable: true},
			"one-time-share create --expire=60mi --editable --name=REQ0012345 RZToj60CrP9GDxjDTPWxAQ"},
		{OneTimeShareRemove{rz, link}, "one-time-share remove -- RZToj60CrP9GDxjDTPWxAQ '" + string(link) + "'"},
		{RecordAdd{Title: "it's", Type: "databaseCredentials", Folder: dba, Notes: NewSecret("a\nb"), Marker: "REQ0012345", Fields: []Field{
			{Type: "text", Label: "type", Value: Text("postgres")},
			{Type: "host", Value: Parts(map[string]string{"port": "5432", "hostName": "db1"})},
			{Type: "login", Value: Text("app")},
			{Type: "url", Value: Text("")},
			{Type: "password", Value: RandomPassword(24)},
			{Type: "secret", Label: "To Ken", Custom: true, Value: Text("--format json")},
		}}, `record-add --title='it'"'"'s' --record-type=databaseCredentials --folder=4KcmDEAO-kNEDojKV8dTXw --notes='a\nb' ` +
			`'text.type=$BASE64:cG9zdGdyZXM=' 'host=$JSON:{"hostName":"db1","port":"5432"}' 'login=$BASE64:YXBw' 'password=$GEN:rand,24' ` +
			`'c.secret.To Ken=$BASE64:LS1mb3JtYXQganNvbg==' c.text.request_id=REQ0012345`},
		{RecordAdd{Title: "--format json", Type: "login", Marker: "REQ0012345", Fields: []Field{
			{Type: "oneTimeCode", Value: RandomCode()}, {Type: "expirationDate", Value: Date(at)},
			{Type: "keyPair", Value: RandomKeyPair()}, {Type: "password", Value: DicePassword(5)},
		}}, `record-add --title='--form''at json' --record-type=login 'oneTimeCode=$GEN' expirationDate=2030-01-02 'keyPair=$GEN:ed25519' ` +
			`'password=$GEN:dice,5' c.text.request_id=REQ0012345`},
		{RecordUpdate{Record: rz, Title: "New", Notes: NewSecret("more"), Append: true, Fields: []Field{{Type: "url", Value: Text("")}, {Type: "login", Value: Text("x")}}},
			`record-update --record=RZToj60CrP9GDxjDTPWxAQ --title=New --notes=+more url= 'login=$BASE64:eA=='`},
		{EPMAction{dash, EPMApprove}, "epm approval action --approve='-N-ffuRDIM3bv_hnPv6tUA'"},
		{EPMAction{rz, EPMDeny}, "epm approval action --deny=RZToj60CrP9GDxjDTPWxAQ"},
		{DeviceAction{"b15a0fc0ea5519a11ea9", DeviceApprove}, "device-approve --approve b15a0fc0ea5519a11ea9"},
		{DeviceAction{"b15a0fc0ea5519a11ea9", DeviceDeny}, "device-approve --deny b15a0fc0ea5519a11ea9"},
	} {
		c, err := tt.m.command(newest)
		if err != nil || c.text != tt.want {
			t.Errorf("%T is written\n %s, %v\nwant\n %s", tt.m, c.text, err, tt.want)
		}
		if err := Check(tt.m); err != nil {
			t.Errorf("Check(%T) = %v", tt.m, err)
		}
		if _, err := serviceSplit(c.text); err != nil {
			t.Errorf("the service cannot read %q: %v", c.text, err)
		}
	}
}

func TestReadsAreWrittenAsTheProtocolSays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		call reader
		want string
	}{
		{server, "server"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.SearchAll(ctx); return err }), "search --format=json '*'"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.FindMarked(ctx, "REQ0012345"); return err }), "search --format=json -c r REQ0012345"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.SearchFolders(ctx); return err }), "search --format=json -c sd '*'"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.Get(ctx, rz); return err }), "get --format=json RZToj60CrP9GDxjDTPWxAQ"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.GetRecord(ctx, dash); return err }), "get --format=json -- '-N-ffuRDIM3bv_hnPv6tUA'"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.GetSharedFolder(ctx, dba); return err }), "get --format=json 4KcmDEAO-kNEDojKV8dTXw"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.GetSecrets(ctx, rz); return err }), "get --format=json RZToj60CrP9GDxjDTPWxAQ"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListSharedFolders(ctx); return err }), "list-sf --format=json"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListFolder(ctx, ""); return err }), "ls --format=json"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListFolder(ctx, dba); return err }), "ls --format=json 4KcmDEAO-kNEDojKV8dTXw"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.Tree(ctx); return err }), "tree -v"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListOneTimeShares(ctx, rz); return err }), "one-time-share list --format=json -a RZToj60CrP9GDxjDTPWxAQ"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListEPM(ctx, EPMPending); return err }), "epm approval list --type=pending --format=json"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListEPM(ctx, ""); return err }), "epm approval list --format=json"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ViewEPM(ctx, dash); return err }), "epm approval view --format=json -- '-N-ffuRDIM3bv_hnPv6tUA'"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.ListDevices(ctx); return err }), "device-approve --reload --format=json"},
		{does(func(ctx context.Context, c *Client) error { return c.SyncDown(ctx) }), "sync-down"},
		{does(func(ctx context.Context, c *Client) error { return c.SyncEPM(ctx) }), "epm sync-down"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.Version(ctx); return err }), "version"},
		{does(func(ctx context.Context, c *Client) error { _, err := c.WhoAmI(ctx); return err }), "whoami"},
	} {
		var sent []string
		c, _ := scripted(t, Options{}, nil)
		c.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			var body struct{ Command string }
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			sent = append(sent, body.Command)
			return nil, errors.New("no answer")
		})
		tt.call(t.Context(), c)
		if len(sent) != 1 || sent[0] != tt.want {
			t.Errorf("sent %q, want %q", sent, tt.want)
		}
	}
}

func does(f func(context.Context, *Client) error) reader {
	return func(ctx context.Context, c *Client) string { return fmt.Sprint(f(ctx, c)) }
}

func TestWhatCannotBeSentIsRefusedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("界", maxCommand)
	for name, m := range map[string]Mutation{
		"no record":                       share(alice, ""),
		"a title for a record":            share(alice, "billing-prod"),
		"a UID with a line feed":          share(alice, rz+"\n"),
		"no address":                      share("", rz),
		"an apostrophe in an address":     share("o'brien@example.com", rz),
		"everybody":                       ShareFolder{Folder: dba, Email: "*"},
		"a team by name":                  ShareFolder{Folder: dba, Email: "DBA"},
		"lowering nothing":                LowerRecord{Record: rz, Email: alice},
		"half a minute":                   ShareRecord{Record: rz, Email: alice, Expiry: After(30 * time.Second)},
		"a minute and a half":             ShareRecord{Record: rz, Email: alice, Expiry: After(90 * time.Second)},
		"no time":                         ShareRecord{Record: rz, Email: alice, Expiry: After(0)},
		"managing users for a time":       ShareFolder{Folder: dba, Email: alice, ManageUsers: true, Expiry: After(time.Hour)},
		"a link without a period":         OneTimeShareCreate{Record: rz},
		"a link's name with blanks":       OneTimeShareCreate{Record: rz, Lives: time.Hour, Name: "search record"},
		"a link by its name":              OneTimeShareRemove{rz, "REQ0001 for Bob"},
		"a record without a marker":       RecordAdd{Title: "t", Type: "login"},
		"a marker with a blank":           RecordAdd{Title: "t", Type: "login", Marker: "REQ 12345"},
		"a blank title":                   RecordAdd{Title: " ", Type: "login", Marker: "REQ0012345"},
		"a title of two dashes":           RecordAdd{Title: "--", Type: "login", Marker: "REQ0012345"},
		"a title of two lines":            RecordAdd{Title: "a\nb", Type: "login", Marker: "REQ0012345"},
		"a title too long":                RecordAdd{Title: long, Type: "login", Marker: "REQ0012345"},
		"no record type":                  RecordAdd{Title: "t", Marker: "REQ0012345"},
		"an unknown field type":           add(Field{Type: "Password", Value: Text("x")}),
		"a label with a dot":              add(Field{Type: "text", Label: "a.b", Value: Text("x")}),
		"a label with an equals sign":     add(Field{Type: "text", Label: "a=b", Value: Text("x")}),
		"a text for an object":            add(Field{Type: "host", Value: Text("db1:5432")}),
		"a text for a date":               add(Field{Type: "date", Value: Text("2030-01-02")}),
		"an object for a text":            add(Field{Type: "login", Value: Parts(map[string]string{"a": "b"})}),
		"a value that is not UTF-8":       add(Field{Type: "login", Value: Text("\xff")}),
		"a part that is not UTF-8":        add(Field{Type: "host", Value: Parts(map[string]string{"hostName": "\xff"})}),
		"a generated login":               add(Field{Type: "login", Value: RandomPassword(8)}),
		"notes with a backslash at a end": RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Notes: NewSecret("a\\\nb")},
		"an update of nothing":            RecordUpdate{Record: rz},
		"a blank new title":               RecordUpdate{Record: rz, Title: " "},
		"adding blanks to notes":          RecordUpdate{Record: rz, Notes: NewSecret(" \n"), Append: true},
		"notes to clear and to write":     RecordUpdate{Record: rz, Notes: NewSecret("x"), ClearNotes: true},
		"another request's marker":        RecordUpdate{Record: rz, Fields: []Field{{Type: "text", Label: "Request_ID", Custom: true, Value: Text("x")}}},
		"a second marker":                 add(Field{Type: "text", Label: MarkerLabel, Custom: true, Value: Text("x")}),
		"a field twice":                   RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Fields: []Field{{Type: "url", Label: "A", Value: Text("x")}, {Type: "url", Label: "a", Custom: true, Value: Text("y")}}},
		"a second password":               add(Field{Type: "password", Label: "Backup", Custom: true, Value: Text("x")}),
		"a custom password":               add(Field{Type: "password", Custom: true, Value: Text("x")}),
		"a part that the type lacks":      add(Field{Type: "host", Value: Parts(map[string]string{"hostname": "x"})}),
		"a password of one character":     add(Field{Type: "password", Value: RandomPassword(1)}),
		"a password of 201 characters":    add(Field{Type: "password", Value: RandomPassword(201)}),
		"no words":                        add(Field{Type: "password", Value: DicePassword(0)}),
		"a passphrase of four words":      add(Field{Type: "password", Value: Passphrase(4)}),
		"another kind of key":             add(Field{Type: "keyPair", Value: GenerateKeyPair("dsa", false)}),
		"a key for a password":            add(Field{Type: "password", Value: RandomKeyPair()}),
		"a generated custom password":     add(Field{Type: "secret", Value: RandomPassword(20)}),
		"a code with a line feed":         add(Field{Type: "oneTimeCode", Value: Text("a\nb")}),
		"a link beyond six months":        OneTimeShareCreate{Record: rz, Lives: MaxLinkLife + time.Minute},
		"self-destruction after a year":   RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", SelfDestruct: 365 * 24 * time.Hour},
		"self-destruction before now":     RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", SelfDestruct: -time.Hour},
		"a team by its name":              ShareFolderTeam{Folder: dba, Team: "DBA"},
		"all members as a team":           UnshareFolderTeam{Folder: dba, Team: "@existing"},
		"rights on no records":            FolderRecordRights{Folder: dba},
		"rights on all and one record":    FolderRecordRights{Folder: dba, Which: PresentRecords, Record: rz},
		"rights on a record by its title": FolderRecordRights{Folder: dba, Which: OneRecord, Record: "x"},
		"rotation without an end":         ShareRecord{Record: rz, Email: alice, Rotate: true},
		"rotation at no end":              ShareRecord{Record: rz, Email: alice, Rotate: true, Expiry: Endless()},
		"notes that would be added":       RecordUpdate{Record: rz, Notes: NewSecret("+x")},
		"no decision":                     EPMAction{Approval: rz},
		"all requests at once":            EPMAction{Approval: "@pending", Verb: EPMDeny},
		"another decision":                EPMAction{Approval: rz, Verb: "remove"},
		"no device":                       DeviceAction{Verb: DeviceApprove},
		"the beginning of a device's id":  DeviceAction{"b15a", DeviceApprove},
		"devices of a person":             DeviceAction{"alice@example.com", DeviceApprove},
	} {
		if err := Check(m); !errors.Is(err, ErrInvalid) || Advice(err) == "" {
			t.Errorf("%s: Check = %v", name, err)
		}
		c, s := scripted(t, Options{Version: "18.0.13"}, func(int, *http.Request) (int, string) { return 500, "" })
		if _, err := c.Submit(t.Context(), m); !errors.Is(err, ErrInvalid) || errors.Is(err, ErrMaybeQueued) || len(s.asked) != 0 {
			t.Errorf("%s: Submit = %v after %v", name, err, s.asked)
		}
	}
}

func add(f Field) RecordAdd {
	return RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Fields: []Field{f}}
}

func TestTheLimitCountsCharactersAfterQuoting(t *testing.T) {
	t.Parallel()
	rest := utf8.RuneCountInString("record-add --title='' --record-type=login c.text.request_id=REQ0012345")
	m := RecordAdd{Title: strings.Repeat("界", maxCommand-rest), Type: "login", Marker: "REQ0012345"}
	if err := Check(m); err != nil {
		t.Errorf("%d characters: %v", maxCommand, err)
	}
	m.Title += "界"
	if err := Check(m); !errors.Is(err, ErrInvalid) {
		t.Errorf("%d characters: %v", maxCommand+1, err)
	}
}

func TestOldServicesGetNoBase64(t *testing.T) {
	t.Parallel()
	plain := add(Field{Type: "login", Value: Text("app user")})
	risky := add(Field{Type: "password", Value: Text(" padded")})
	for _, tt := range []struct {
		version string
		m       Mutation
		want    string // part of the command, "" if it is refused
	}{
		{"", plain, "'login=app user'"}, {"17.2.7", plain, "'login=app user'"}, {"17.2.8", plain, "'login=$BASE64:YXBwIHVzZXI='"},
		{"", risky, ""}, {"17.2.7", risky, ""}, {"18.0.0", risky, "'password=$BASE64:IHBhZGRlZA=='"},
	} {
		c, _ := scripted(t, Options{Version: tt.version}, nil)
		cmd, err := tt.m.command(c.abilities())
		if tt.want == "" {
			if !errors.Is(err, ErrInvalid) || !strings.Contains(fmt.Sprint(err), "17.2.8") {
				t.Errorf("version %q: %v", tt.version, err)
			}
			continue
		}
		if err != nil || !strings.Contains(cmd.text, tt.want) {
			t.Errorf("version %q: %q, %v, want %q in it", tt.version, cmd.text, err, tt.want)
		}
	}
}

func TestTheVersionIsLearnt(t *testing.T) {
	t.Parallel()
	c, _ := scripted(t, Options{}, func(int, *http.Request) (int, string) {
		return 200, `{"command":"version","data":null,"message":["Commander Version: 18.0.13 (Current version)","Python Version: 3.11"],"status":"success"}`
	})
	if c.abilities().base64 {
		t.Error("an unknown version is trusted")
	}
	if v, err := c.Version(t.Context()); err != nil || v != (Version{18, 0, 13}) {
		t.Errorf("Version = %v, %v", v, err)
	}
	if !c.As(Polling).abilities().base64 {
		t.Error("the version was not remembered")
	}
}

func TestVersionsAreCompared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"17.2.8", "17.2.8", true}, {"17.2.7", "17.2.8", false}, {"17.3", "17.2.8", true}, {"18", "17.2.8", true}, {"16.9.9", "17.2.8", false}, {"17.10.0", "17.9.9", true}} {
		a, errA := ParseVersion(tt.a)
		b, errB := ParseVersion(tt.b)
		if errA != nil || errB != nil || a.AtLeast(b) != tt.want {
			t.Errorf("%s at least %s = %t, %v, %v", tt.a, tt.b, a.AtLeast(b), errA, errB)
		}
	}
	for _, s := range []string{"", "x", "1.2.3.4", "-1", "18.0.x"} {
		if _, err := ParseVersion(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("ParseVersion(%q) = %v", s, err)
		}
	}
}

func TestTheOldNameOfEPMIsUsedOnlyIfToldSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, old := range []bool{false, true} {
			c, _ := scripted(t, Options{OldEPM: old}, nil)
			cmd, err := EPMAction{rz, EPMDeny}.command(c.abilities())
			if want := map[bool]string{false: "epm", true: "pedm"}[old]; err != nil || cmd.word != want || c.epmWord != want {
				t.Errorf("word %q, %q, want %q", cmd.word, c.epmWord, want)
			}
		}
	})
}

func TestAnOlderServiceGetsNothingThatItWouldDamage(t *testing.T) {
	t.Parallel()
	notes := func(s string) RecordAdd {
		return RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Notes: NewSecret(s)}
	}
	for _, version := range []string{"17.2.7", ""} {
		c, s := scripted(t, Options{Version: version}, func(int, *http.Request) (int, string) { return 202, `{"request_id":"a"}` })
		for _, refused := range []Mutation{
			add(Field{Type: "login", Value: Text(" x")}), add(Field{Type: "login", Value: Text("x\x1f")}), add(Field{Type: "password", Value: Text("=x=y")}),
			add(Field{Type: "password", Value: Text("$GENERAL")}), add(Field{Type: "note", Value: Text(`C:\new`)}), add(Field{Type: "note", Value: Text("a\nb")}),
			notes(`C:\new`), RecordUpdate{Record: rz, Notes: NewSecret(`C:\new`), Append: true},
		} {
			if _, err := c.Submit(t.Context(), refused); !errors.Is(err, ErrInvalid) || len(s.asked) != 0 {
				t.Errorf("service %q, %v: %v", version, refused, err)
			}
		}
		if _, err := c.Submit(t.Context(), notes("two\nlines")); err != nil {
			t.Errorf("service %q: %v", version, err)
		}
	}
}
