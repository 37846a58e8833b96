package vaultadapt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// quickVault is the vault over a simulated service, asked without waiting.
func quickVault(t *testing.T) (*vaultadapt.Vault, *vaultsim.Vault) {
	t.Helper()
	cloud := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 1})
	sim, err := vaultsim.New(vaultsim.Options{Vault: cloud, Keys: []vaultsim.Key{{Value: key}}, RateLimit: "100000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	client, err := vaultclient.New(vaultclient.Options{URL: sim.URL(), Key: key, Poll: []time.Duration{time.Millisecond, 5 * time.Millisecond},
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 100000}, nil)})
	if err != nil {
		t.Fatal(err)
	}
	return vaultadapt.New(client, vaultadapt.Options{Traffic: vaultadapt.NewTraffic(func(workflow.Call) {})}), cloud
}

// anyText draws texts of which some look like instructions.
func anyText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		odd := []string{"", "$GEN", "$JSON:", "$BASE64:", "=", "--", "--format json", "${x}", "'", `"`, `\n`, `\`, "\n", " ", "é", "\u202e", "&amp;"}
		// The simulator keeps lone surrogates in the last code points of Unicode.
		runes := rapid.Rune().Filter(func(r rune) bool { return r < 0x10F800 })
		return rapid.SampledFrom(odd).Draw(t, "begins") + rapid.StringOfN(runes, 0, 60, 200).Draw(t, "middle") + rapid.SampledFrom(odd).Draw(t, "ends")
	})
}

// TestWhatPassesTheFormIsStoredExactly fills the items with any text: what their
// fields and Check let pass is in the vault byte for byte.
func TestWhatPassesTheFormIsStoredExactly(t *testing.T) {
	t.Parallel()
	v, cloud := quickVault(t)
	stored, n := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		items := slices.DeleteFunc(model.Catalog(), func(i model.Item) bool { return !i.Creates() })
		item := rapid.SampledFrom(items).Draw(t, "item")
		r := model.Request{Number: model.Number(model.PrefixRequest + "0000" + string(rune('0'+n/1000%10)) + string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)))}
		title, _ := item.Field(model.FieldTitle)
		text := anyText().Draw(t, "title")
		if title.Validate(text) != nil || strings.TrimSpace(text) == "" {
			text = "a title"
		}
		r.Answers = append(r.Answers, model.Answer{Field: title.Key, Value: text})
		want := map[string]string{}
		for _, f := range item.Fields {
			text := anyText().Draw(t, f.Key)
			if f.Vault == "" || f.Validate(text) != nil || text == "" {
				continue
			}
			r.Answers = append(r.Answers, model.Answer{Field: f.Key, Value: text})
			if f.Kind == model.FieldText || f.Kind == model.FieldMultiline || f.Kind == model.FieldSecret {
				want[f.Vault] = text
			}
		}
		record := model.NewRecordOf(r, item)
		order := workflow.Order{Kind: model.OpCreate, Intent: model.Intent{Create: &record}}
		if vaultadapt.Check(order) != nil {
			return
		}
		id, err := v.Submit(t.Context(), order)
		if err != nil {
			t.Fatalf("what passed is not sent: %v", err)
		}
		out, err := v.Await(t.Context(), order, id)
		if err != nil || out.State != model.OpDone {
			t.Fatalf("%+v, %v", out, err)
		}
		facts, err := v.Stored(t.Context(), order, out.Record)
		if err != nil || facts.Unlike != "" || facts.Title != record.Title {
			t.Fatalf("unlike %q, titled %q: %v", facts.Unlike, facts.Title, err)
		}
		got, _ := cloud.Record(string(out.Record))
		for _, f := range slices.Concat(got.Fields, got.Custom) {
			name := f.Type
			if _, labelled := want[f.Type+"."+f.Label]; labelled {
				name += "." + f.Label
			}
			if text, asked := want[name]; asked && f.Label != vaultclient.MarkerLabel && (len(f.Value) != 1 || f.Value[0] != text) {
				t.Fatalf("%s holds %q, want %q", name, f.Value, text)
			}
		}
		stored++
	})
	if stored < n/2 {
		t.Errorf("only %d of %d were stored", stored, n)
	}
}

func TestContentTellsWhatIsNotSecret(t *testing.T) {
	t.Parallel()
	v, cloud := quickVault(t)
	for _, tt := range []struct {
		typ    string
		fields []vaultsim.Field
		values map[string]string
		held   []string
	}{
		{"databaseCredentials", []vaultsim.Field{{Type: "text", Label: "type", Value: []any{"MySQL"}}, {Type: "login", Value: []any{"app"}},
			{Type: "host", Value: []any{map[string]string{"hostName": "fe80::1", "port": "3306"}}}, {Type: "password", Value: []any{"canary"}}},
			map[string]string{"dbtype": "MySQL", "login": "app", "host": "[fe80::1]:3306"}, []string{"password"}},
		{"membership", []vaultsim.Field{{Type: "accountNumber", Value: []any{"12"}},
			{Type: "name", Value: []any{map[string]string{"first": "Ada", "middle": "", "last": "Lovelace"}}}},
			map[string]string{"account": "12", "name": "Ada Lovelace"}, nil},
		{"softwareLicense", []vaultsim.Field{{Type: "licenseNumber", Value: []any{"canary"}}, {Type: "expirationDate", Value: []any{int64(1803772800000)}}},
			map[string]string{"expires": "2027-02-28"}, []string{"license"}},
		{"pamUser", []vaultsim.Field{{Type: "login", Value: []any{"svc"}}, {Type: "password", Value: []any{"canary"}}},
			map[string]string{"login": "svc"}, []string{"password"}},
	} {
		uid := cloud.AddRecord(vaultsim.Record{Title: tt.typ, Type: tt.typ, Fields: tt.fields, Notes: "canary\nof two lines"})
		got, err := v.Content(t.Context(), model.UID(uid))
		if err != nil {
			t.Fatalf("%s: %v", tt.typ, err)
		}
		for key, want := range tt.values {
			if got.Values[key] != want {
				t.Errorf("%s: %s is %q, want %q", tt.typ, key, got.Values[key], want)
			}
		}
		for _, text := range got.Values {
			if strings.Contains(text, "canary") {
				t.Errorf("%s: %q is told", tt.typ, text)
			}
		}
		if len(got.Values) != len(tt.values) || !slices.Equal(got.Held, tt.held) || got.NoteLines != 2 || got.Facts.Revision == 0 {
			t.Errorf("%s: %+v", tt.typ, got)
		}
	}
	if _, err := v.Content(t.Context(), "BBBBBBBBBBBBBBBBBBBBBB"); err == nil {
		t.Error("a record that is not there has content")
	}
}

func TestStoredTellsWhatWasNotOrdered(t *testing.T) {
	t.Parallel()
	v, cloud := quickVault(t)
	folder := cloud.AddSharedFolder(vaultsim.Folder{Name: "Databases"})
	order := workflow.Order{Kind: model.OpCreate, Intent: model.Intent{Folder: model.UID(folder), Create: &model.NewRecord{
		Type: "login", Title: "t", Marker: "REQ0000001", Fields: []model.FieldValue{
			{Field: "login", Kind: model.FieldText, Vault: "login", Text: "app"},
			{Field: "password", Kind: model.FieldSecret, Vault: "password", Sealed: true}}}},
		Secrets: map[string][]byte{"password": []byte("typed")}}
	if err := v.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	id, err := v.Submit(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	out, err := v.Await(t.Context(), order, id)
	if err != nil || out.State != model.OpDone {
		t.Fatalf("%+v, %v", out, err)
	}
	unlike := func() string {
		if err := v.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		facts, err := v.Stored(t.Context(), order, out.Record)
		if err != nil {
			t.Fatal(err)
		}
		return facts.Unlike
	}
	if got := unlike(); got != "" {
		t.Errorf("unlike: %s", got)
	}
	cloud.EditRecord(string(out.Record), func(r *vaultsim.Record) { r.Folder = "" })
	if got := unlike(); !strings.Contains(got, "the root") {
		t.Errorf("in the root: %q", got)
	}
	cloud.EditRecord(string(out.Record), func(r *vaultsim.Record) {
		r.Folder = folder
		for i := range r.Fields {
			if r.Fields[i].Type == "password" {
				r.Fields[i].Value = []any{"canary"}
			}
		}
	})
	if got := unlike(); !strings.Contains(got, "password") || strings.Contains(got, "canary") {
		t.Errorf("another password: %q", got)
	}
	order.Secrets = nil // it cannot be compared, and is still found
	if got := unlike(); got != "" {
		t.Errorf("without the answers: %q", got)
	}
}
