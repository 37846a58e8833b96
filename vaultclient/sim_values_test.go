package vaultclient_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"

	"pgregory.net/rapid"
)

// catalog lists the seven kinds of records and the fields that PROTOCOL 12.5 names for them. A field with parts has an object value.
func catalog() map[string][]catalogField {
	host, question := []string{"hostName", "port"}, []string{"question", "answer"}
	return map[string][]catalogField{
		"login":               {{typ: "login"}, {typ: "password"}, {typ: "url"}, {typ: "securityQuestion", parts: question}, {typ: "oneTimeCode"}},
		"databaseCredentials": {{typ: "text", label: "type"}, {typ: "host", parts: host}, {typ: "login"}, {typ: "password"}},
		"serverCredentials":   {{typ: "host", parts: host}, {typ: "login"}, {typ: "password"}},
		"sshKeys": {{typ: "login"}, {typ: "keyPair", parts: []string{"publicKey", "privateKey"}}, {typ: "text", label: "passphrase"},
			{typ: "host", parts: host}, {typ: "securityQuestion", parts: question}},
		"softwareLicense": {{typ: "licenseNumber"}, {typ: "expirationDate", date: true}, {typ: "date", label: "dateActive", date: true},
			{typ: "securityQuestion", parts: question}},
		"encryptedNotes": {{typ: "note"}, {typ: "date", date: true}},
		"membership": {{typ: "accountNumber"}, {typ: "name", parts: []string{"first", "middle", "last"}}, {typ: "password"},
			{typ: "securityQuestion", parts: question}},
	}
}

type catalogField struct {
	typ, label string
	parts      []string
	date       bool
}

// hostile are texts that some layer on the way to the vault would like to take for something else (PROTOCOL 7, 8).
func hostile() []string {
	return []string{
		`it's "quoted"`, `'`, `"`, `${last_record_uid}`, `$''{last_record_uid}`, `$GENERAL`, `$GEN`, `$GEN:rand,4`, `$JSON`, `$JSON:{"a":"b"}`,
		`$BASE64:`, `$BASE64:eA==`, `=x=y`, `=x`, `==`, `a=b`, `--format json`, `--format=json`, `--form''at`, `-x`, `-`, `--`, `--title=x`,
		`\n`, `\\n`, `\`, `\\`, `C:\new\table`, `\\server\share$`, `a\`, "🔐", "👩‍👩‍👧", "\u202eevil\u202c", "שלום עולם", "مرحبا", "e\u0301\u200b\ufeff",
		" leading", "trailing ", "\ttab\t", "\u00a0nbsp", "\x1f", "\x1ba[31m", "a\nb", "\n", "a\r\nb\r", "a\\\nb", "\x00", "a\x00b",
		`&lt;b&gt; &amp; <b>`, `search record`, `enterprise-push`, `FILEDATA`, `%s %d`, `# no comment`, `; rm -rf | x && y > z`, "`id` $(id) $HOME *",
		"+plus", "\u2028line\u2029", "\xff", "a\xc0\xafb", strings.Repeat("界", 4096), strings.Repeat("x", 3000), strings.Repeat("'", 1500),
	}
}

// anyText draws hostile texts, mixtures of their pieces and anything else.
func anyText() *rapid.Generator[string] {
	pieces := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile()[:len(hostile())-3]), 1, 4).Draw(t, "pieces"), "")
	})
	// The simulator keeps the last private code points for lone surrogates.
	anything := rapid.String().Filter(func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x10F800 }) })
	return rapid.OneOf(rapid.SampledFrom(hostile()), pieces, anything)
}

// order returns the field filled with texts drawn one by one, and what must lie in the vault afterwards.
func (f catalogField) order(draw func() string) (vaultclient.Field, any) {
	field := vaultclient.Field{Type: f.typ, Label: f.label}
	switch {
	case f.date:
		field.Value = vaultclient.Date(time.Date(2030, 1, 31, 23, 0, 0, 0, time.UTC))
		return field, time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC).UnixMilli()
	case f.parts != nil:
		parts := make(map[string]string)
		for _, name := range f.parts {
			parts[name] = draw()
		}
		field.Value = vaultclient.Parts(parts)
		return field, parts
	}
	text := draw()
	field.Value = vaultclient.Text(text)
	return field, text
}

// stored returns what the ledger says lies in a field, nil for nothing.
func stored(r *vaultsim.Record, f vaultclient.Field) any {
	label := f.Label
	if label == "" && !f.Custom {
		label = f.Type
	}
	for _, have := range slices.Concat(r.Fields, r.Custom) {
		if have.Type == f.Type && have.Label == label && len(have.Value) == 1 {
			return have.Value[0]
		}
	}
	return nil
}

func same(want, got any) bool {
	parts, isObject := want.(map[string]string)
	if have, ok := got.(map[string]string); isObject && ok {
		return maps.Equal(parts, have)
	}
	return !isObject && want == got
}

// sent submits a mutation and awaits its answer. ok is false if it was refused before anything was sent, as the ledger must confirm.
func sent(t testing.TB, c *vaultclient.Client, s *vaultsim.Server, m vaultclient.Mutation) (out vaultclient.Outcome, ok bool) {
	t.Helper()
	before := len(s.Commands())
	id, err := c.Submit(t.Context(), m)
	if errors.Is(err, vaultclient.ErrInvalid) {
		if vaultclient.Advice(err) == "" || len(s.Commands()) != before {
			t.Fatalf("refused without advice or after sending: %v", err)
		}
		return nil, false
	}
	if err != nil {
		t.Fatalf("submit %v: %v", m, err)
	}
	return vaultclient.Judge(m, must[vaultclient.Reply](t)(c.Await(t.Context(), id))), true
}

// arrived adds a record with one field and reports whether it was sent; if so, it checks the vault's bytes and the client's view.
func arrived(t testing.TB, c *vaultclient.Client, s *vaultsim.Server, m vaultclient.RecordAdd, want []any) bool {
	t.Helper()
	out, ok := sent(t, c, s, m)
	if !ok {
		return false
	}
	done, ok := out.(vaultclient.Done)
	if !ok {
		t.Fatalf("%v: %v", m, out)
	}
	ledger := s.Ledger()
	entry := ledger[len(ledger)-1]
	if entry.Kind != vaultsim.RecordAdd || entry.Content.Title != m.Title || entry.Content.Notes != normal(m.Notes.Reveal()) || entry.Content.Folder != string(m.Folder) {
		t.Fatalf("%v left %+v", m, entry.Content)
	}
	for i, f := range m.Fields {
		if got := stored(entry.Content, f); !same(want[i], got) {
			t.Fatalf("%s: the vault holds %q, want %q", f.Type, got, want[i])
		}
	}
	added := done.Evidence.(vaultclient.RecordAdded)
	wantStanding(t, m.VerifyStored(must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), added.Record))), vaultclient.Stands)
	return true
}

// normal is the form of notes in the vault: lines end with a line feed.
func normal(notes string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(notes) }

func TestSimHostileValuesArriveOrAreRefused(t *testing.T) {
	t.Parallel()
	for version, mayRefuse := range map[string]bool{"18.0.13": false, "17.2.6": true, "": true} {
		t.Run("service "+version, func(t *testing.T) {
			t.Parallel()
			c, s := start(t, vaultsim.Options{Version: version}, vaultclient.Options{Version: version})
			for typ, fields := range catalog() {
				if mayRefuse && typ != "login" && typ != "softwareLicense" && typ != "encryptedNotes" {
					continue // the others have the same types of fields
				}
				// All fields of a record at once where none may be refused, else one by one.
				groups := make([][]catalogField, 1)
				for _, f := range fields {
					switch single := f.typ == "oneTimeCode" || mayRefuse && f.parts == nil && !f.date; { // a code never goes by $BASE64
					case single:
						groups = append(groups, []catalogField{f})
					case !mayRefuse:
						groups[0] = append(groups[0], f)
					}
				}
				for _, text := range hostile() {
					for _, group := range groups {
						if len(group) == 0 {
							continue
						}
						m := vaultclient.RecordAdd{Title: "t", Type: typ, Folder: dba, Marker: marker}
						var want []any
						for _, f := range group {
							field, value := f.order(func() string { return text })
							m.Fields, want = append(m.Fields, field), append(want, value)
						}
						went := arrived(t, c, s, m, want)
						plain := len(group) == 1 // may be one of those that would need $BASE64
						if hard := !utf8.ValidString(text) || len(text) >= 1500; !went && !plain && !hard {
							t.Errorf("%s refuses %q", typ, text)
						}
					}
				}
			}
		})
	}
}

func TestSimAnyTextArrivesInEveryKindOfRecord(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	types := slices.Sorted(maps.Keys(catalog()))
	went := 0
	rapid.Check(t, func(rt *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(rt, "type")
		m := vaultclient.RecordAdd{Type: typ, Marker: marker, Title: anyText().Draw(rt, "title"), Notes: vaultclient.NewSecret(anyText().Draw(rt, "notes"))}
		var want []any
		for _, f := range catalog()[typ] {
			field, value := f.order(func() string { return "v" + anyText().Draw(rt, f.typ) })
			m.Fields, want = append(m.Fields, field), append(want, value)
		}
		if arrived(t, c, s, m, want) {
			went++
		}
	})
	if went < 20 {
		t.Errorf("only %d were sent", went)
	}
}

func TestSimUpdatesArriveOrAreRefused(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	types := slices.Sorted(maps.Keys(catalog()))
	read := func(t testing.TB, u vaultclient.UID) vaultclient.RecordWithSecrets {
		return must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), u))
	}
	went := 0
	rapid.Check(t, func(rt *rapid.T) {
		typ := rapid.SampledFrom(types).Draw(rt, "type")
		added := wantDone(t, c, vaultclient.RecordAdd{Title: "t", Type: typ, Marker: marker, Notes: vaultclient.NewSecret("old")}).(vaultclient.RecordAdded)
		m := vaultclient.RecordUpdate{Record: added.Record, Title: rapid.OneOf(rapid.Just(""), anyText()).Draw(rt, "title"), Append: rapid.Bool().Draw(rt, "append")}
		notes := "n" + anyText().Draw(rt, "notes") + "n"
		m.Notes = vaultclient.NewSecret(notes)
		var want []any
		for _, f := range catalog()[typ] {
			field, value := f.order(func() string { return "v" + anyText().Draw(rt, f.typ) })
			m.Fields, want = append(m.Fields, field), append(want, value)
		}
		before := read(t, added.Record).Record.Revision
		out, ok := sent(t, c, s, m)
		if !ok {
			return
		}
		went++
		if u, isUnknown := out.(vaultclient.Unknown); !isUnknown {
			rt.Fatalf("%v: %v", m, out)
		} else if u.Cause != vaultclient.Silent {
			rt.Fatalf("%v: %v", m, out)
		}
		wantStanding(t, m.Verify(before, read(t, added.Record)), vaultclient.Stands)
		ledger := s.Ledger()
		got := ledger[len(ledger)-1].Content
		title, text := "t", normal(notes)
		if m.Title != "" {
			title = m.Title
		}
		if m.Append {
			text = "old\n" + text
		}
		if got.Title != title || got.Notes != text {
			rt.Fatalf("the vault holds %q with notes %q, want %q, %q", got.Title, got.Notes, title, text)
		}
		for i, f := range m.Fields {
			if have := stored(got, f); !same(want[i], have) {
				rt.Fatalf("%s: the vault holds %q, want %q", f.Type, have, want[i])
			}
		}
	})
	if went < 20 {
		t.Errorf("only %d were sent", went)
	}
}

func TestSimTheServiceMakesUpValues(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	for name, tt := range map[string]struct {
		typ   string
		field vaultclient.Field
		fits  func(string) bool
	}{
		"a password of 32 characters": {"login", vaultclient.Field{Type: "password", Value: vaultclient.RandomPassword(32)}, func(v string) bool { return len(v) == 32 }},
		"a password of 6 words":       {"login", vaultclient.Field{Type: "password", Value: vaultclient.DicePassword(6)}, func(v string) bool { return len(strings.Fields(v)) == 6 }},
		"a passphrase":                {"login", vaultclient.Field{Type: "password", Value: vaultclient.Passphrase(7)}, func(v string) bool { return len(strings.Split(v, "-")) == 7 }},
		"a code":                      {"login", vaultclient.Field{Type: "oneTimeCode", Value: vaultclient.RandomCode()}, func(v string) bool { return strings.HasPrefix(v, "otpauth://totp/") }},
		"an ed25519 key":              {"sshKeys", vaultclient.Field{Type: "keyPair", Value: vaultclient.RandomKeyPair()}, func(v string) bool { return strings.Contains(v, "ed25519") }},
		"an rsa key with passphrase":  {"sshKeys", vaultclient.Field{Type: "keyPair", Value: vaultclient.GenerateKeyPair(vaultclient.RSA, true)}, func(v string) bool { return strings.Contains(v, "rsa") }},
		"an ec key":                   {"sshKeys", vaultclient.Field{Type: "keyPair", Value: vaultclient.GenerateKeyPair(vaultclient.EC, false)}, func(v string) bool { return strings.Contains(v, "-ec ") }},
	} {
		m := vaultclient.RecordAdd{Title: name, Type: tt.typ, Marker: marker, Fields: []vaultclient.Field{tt.field}}
		added := wantDone(t, c, m).(vaultclient.RecordAdded)
		got := must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), added.Record))
		wantStanding(t, m.VerifyStored(got), vaultclient.Stands)
		passphrase := false
		for _, f := range got.Secrets.Fields {
			if f.Type == tt.field.Type && !f.Custom && !tt.fits(f.Values[0].Reveal()) {
				t.Errorf("%s: %q", name, f.Values[0].Reveal())
			}
			passphrase = passphrase || f.Custom && f.Type == "password" && f.Label == "passphrase"
		}
		if passphrase != strings.HasSuffix(name, "with passphrase") {
			t.Errorf("%s: a passphrase field: %t", name, passphrase)
		}
	}
	if got := len(s.Ledger()); got != 7 {
		t.Errorf("%d records", got)
	}
}
