package workflow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultadapt"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// storeWorld is a world in which secrets can be sealed, with a shared folder and
// one inside it.
type storeWorld struct {
	*vaultWorld
	identity  seal.Identity
	folder    model.UID
	subfolder model.UID
	holder    string // of the worker's lease
}

func newStoreWorld(t *testing.T) *storeWorld {
	t.Helper()
	return newStoreWorldWith(t, nil)
}

// newStoreWorldWith is newStoreWorld with a service of other options.
func newStoreWorldWith(t *testing.T, opt func(*vaultsim.Options)) *storeWorld {
	t.Helper()
	identity, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	v := newVaultWorld(t)
	if opt != nil {
		v.serve(opt)
	}
	v.svc = workflow.New(v.db, workflow.Options{Now: v.time.Now, Check: vaultadapt.Check,
		Settings: workflow.Settings{Default: policy(), Recipients: []seal.Recipient{identity.Recipient()}}})
	s := &storeWorld{vaultWorld: v, identity: identity, holder: "test"}
	s.folder = model.UID(v.cloud.AddSharedFolder(vaultsim.Folder{Name: "Databases"}))
	s.subfolder = model.UID(v.cloud.AddSharedFolder(vaultsim.Folder{Name: "Ledger", Parent: string(s.folder)}))
	s.restart()
	return s
}

// serve puts another service in front of the same vault.
func (v *vaultWorld) serve(change func(*vaultsim.Options)) {
	v.t.Helper()
	opt := vaultsim.Options{Vault: v.cloud, Keys: []vaultsim.Key{{Value: simKey}}, RateLimit: "100000/minute"}
	change(&opt)
	sim, err := vaultsim.New(opt)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			v.t.Error(err)
		}
	})
	if _, err := sim.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.sim = sim
	v.vault = &crashVault{Vault: v.adapter()}
}

// restart puts another worker in the place of the one there was.
func (s *storeWorld) restart() {
	s.t.Helper()
	w, err := workflow.NewWorker(s.svc, s.vault, workflow.WorkerOptions{Holder: s.holder, AnswerLimit: 700 * time.Millisecond, LookLimit: 100 * time.Millisecond,
		SendLimit: 2 * time.Second, ReadLimit: 5 * time.Second, Identities: []seal.Identity{s.identity}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.worker = w
	s.svc.UseWorker(w)
	if err := w.ReadTitles(s.ctx); err != nil {
		s.t.Fatal(err)
	}
}

// storing is a draft of an item that creates a record.
func storing(item model.ItemKey, secrets map[string]string, answers ...model.Answer) workflow.Draft {
	d := workflow.Draft{Item: item, Justification: "INC0012345: a place for the credentials of the ledger",
		Answers: answers, Secrets: map[string][]byte{}}
	for key, text := range secrets {
		d.Secrets[key] = []byte(text)
	}
	return d
}

func (s *storeWorld) in(folder model.UID, d workflow.Draft) workflow.Draft {
	d.Target = model.Target{Kind: model.TargetFolder, UID: folder}
	return d
}

// made are the records that the vault made, as they were stored.
func (s *storeWorld) made() []vaultsim.Record {
	var all []vaultsim.Record
	for _, e := range s.sim.Ledger() {
		if e.Kind == vaultsim.RecordAdd {
			all = append(all, *e.Content)
		}
	}
	return all
}

// one is the one record that was made.
func (s *storeWorld) one() vaultsim.Record {
	s.t.Helper()
	all := s.made()
	if len(all) != 1 {
		s.t.Fatalf("%d records were made", len(all))
	}
	return all[0]
}

// held is what a record holds in the field of that type and label.
func held(r vaultsim.Record, name string) any {
	typ, label, _ := strings.Cut(name, ".")
	for _, f := range slices.Concat(r.Fields, r.Custom) {
		if f.Type == typ && (label == "" || strings.EqualFold(f.Label, label)) && len(f.Value) > 0 {
			return f.Value[0]
		}
	}
	return nil
}

const pemKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"

// stores are the seven items, each filled in.
func stores() []struct {
	item    model.ItemKey
	secrets map[string]string
	answers []model.Answer
	title   string
	typ     string
	holds   map[string]any
} {
	type s = struct {
		item    model.ItemKey
		secrets map[string]string
		answers []model.Answer
		title   string
		typ     string
		holds   map[string]any
	}
	return []s{
		{model.ItemLogin, map[string]string{"password": "hunter2 $GEN", "totp": "JBSWY3DPEHPK3PXP"},
			[]model.Answer{{Field: "login", Value: "app"}, {Field: "url", Value: "https://example.com/login?a=b&c='d'"}},
			"app @ https://example.com/login?a=b&c='d'", "login",
			map[string]any{"login": "app", "password": "hunter2 $GEN", "url": "https://example.com/login?a=b&c='d'",
				"oneTimeCode": "otpauth://totp/app%20@%20https:%2F%2Fexample.com%2Flogin%3Fa=b&c=%27d%27?secret=JBSWY3DPEHPK3PXP"}},
		{model.ItemDatabase, map[string]string{"password": "$JSON:{}"},
			[]model.Answer{{Field: "dbtype", Value: "PostgreSQL"}, {Field: "host", Value: "db1.example.com:5432"}, {Field: "login", Value: "=x=y"}},
			"=x=y @ db1.example.com:5432", "databaseCredentials",
			map[string]any{"text.type": "PostgreSQL", "login": "=x=y", "password": "$JSON:{}",
				"host": map[string]string{"hostName": "db1.example.com", "port": "5432"}}},
		{model.ItemServer, map[string]string{"password": `C:\new\table`},
			[]model.Answer{{Field: "host", Value: "[fe80::1]:22"}, {Field: "login", Value: "--format json"}},
			"--format json @ [fe80::1]:22", "serverCredentials",
			map[string]any{"login": "--format json", "password": `C:\new\table`, "host": map[string]string{"hostName": "fe80::1", "port": "22"}}},
		{model.ItemSSHKey, map[string]string{"keypair": pemKey + "ssh-ed25519 AAAA app@example.com", "passphrase": "'\"`$x"},
			[]model.Answer{{Field: "title", Value: "deploy key ${last_record_uid}"}, {Field: "login", Value: "-deploy"}},
			"deploy key ${last_record_uid}", "sshKeys",
			map[string]any{"login": "-deploy", "text.passphrase": "'\"`$x",
				"keyPair": map[string]string{"privateKey": pemKey, "publicKey": "ssh-ed25519 AAAA app@example.com"}}},
		{model.ItemLicense, map[string]string{"license": "AAAA-BBBB\n\\nCCCC"},
			[]model.Answer{{Field: "title", Value: "Editor"}, {Field: "expires", Value: "2027-02-28"}, {Field: "active", Value: "2026-01-01"}},
			"Editor", "softwareLicense",
			map[string]any{"licenseNumber": "AAAA-BBBB\n\\nCCCC", "expirationDate": int64(1803772800000), "date.dateActive": int64(1767225600000)}},
		{model.ItemNote, map[string]string{"note": "first\nsecond \\n third\n"},
			[]model.Answer{{Field: "title", Value: "Notes 🚀"}, {Field: "date", Value: "2026-12-31"}},
			"Notes 🚀", "encryptedNotes",
			map[string]any{"note": "first\nsecond \\n third\n", "date": int64(1798675200000)}},
		{model.ItemMembership, map[string]string{"password": "שלום عالم"},
			[]model.Answer{{Field: "account", Value: "12 34"}, {Field: "name", Value: "Ada King Lovelace"}},
			"Ada King Lovelace @ 12 34", "membership",
			map[string]any{"accountNumber": "12 34", "password": "שלום عالم",
				"name": map[string]string{"first": "Ada", "middle": "King", "last": "Lovelace"}}},
	}
}

func TestEachStoreItemArrivesAsTyped(t *testing.T) {
	t.Parallel()
	for _, tt := range stores() {
		t.Run(string(tt.item), func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			d := s.in(s.subfolder, storing(tt.item, tt.secrets, append(tt.answers, model.Answer{Field: model.FieldShareIt, Value: "view"})...))
			r, task := s.approved("alice", d)
			plan := s.fulfil(task)
			if len(plan.Plan.Steps) != 2 || len(plan.Differences) > 0 {
				t.Errorf("plan %+v", plan)
			}
			s.work()
			c := s.view("alice", r.Number)
			if c.Request.State != model.ClosedComplete {
				t.Fatalf("%s: %+v", c.Request.State, c.Operations)
			}
			got := s.one()
			if got.Title != tt.title || got.Type != tt.typ || got.Folder != string(s.subfolder) {
				t.Errorf("made %q (%s) in %s", got.Title, got.Type, got.Folder)
			}
			for name, want := range tt.holds {
				if have := held(got, name); !same(have, want) {
					t.Errorf("%s holds %#v, want %#v", name, have, want)
				}
			}
			if held(got, "text.request_id") != string(r.Number) {
				t.Errorf("the marker is %v", held(got, "text.request_id"))
			}
			made, ok := c.Created()
			if !ok || made.Title != tt.title || len(s.cloud.Shares(string(made.UID))) != 1 {
				t.Errorf("the case names %+v, shares %+v", made, s.cloud.Shares(string(made.UID)))
			}
			if len(c.Grants) != 1 || c.Grants[0].Right != model.RightView || c.Grants[0].Target.UID != made.UID {
				t.Errorf("grants %+v", c.Grants)
			}
		})
	}
}

func TestEachStoreItemIsTried(t *testing.T) {
	t.Parallel()
	tried := map[model.ItemKey]bool{}
	for _, tt := range stores() {
		tried[tt.item] = true
	}
	for _, item := range model.Catalog() {
		if item.Creates() && !tried[item.Key] {
			t.Errorf("%s is not among those that are made in the simulated vault", item.Key)
		}
	}
}

func same(have, want any) bool {
	if w, ok := want.(map[string]string); ok {
		h, ok := have.(map[string]string)
		if !ok {
			return false
		}
		for k, v := range w {
			if h[k] != v {
				return false
			}
		}
		return true
	}
	return have == want
}

func TestGeneratedSecretsNeverPassThroughHere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		item    model.ItemKey
		field   string
		gen     string
		command string
		vault   string
	}{
		{model.ItemLogin, "password", "generate random 32", "password=$GEN:rand,32", "password"},
		{model.ItemLogin, "password", "generate words 6", "password=$GEN:dice,6", "password"},
		{model.ItemLogin, "totp", "generate code", "oneTimeCode=$GEN", "oneTimeCode"},
		{model.ItemSSHKey, "keypair", "generate ed25519", "keyPair=$GEN:ed25519", "keyPair"},
		{model.ItemSSHKey, "keypair", "generate rsa", "keyPair=$GEN:rsa", "keyPair"},
		{model.ItemSSHKey, "keypair", "generate ec", "keyPair=$GEN:ec", "keyPair"},
	} {
		t.Run(tt.gen, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r, task := s.approved("alice", s.in(s.folder, storing(tt.item, nil, model.Answer{Field: tt.field, Value: tt.gen})))
			s.fulfil(task)
			s.work()
			if held(s.one(), tt.vault) == nil {
				t.Errorf("nothing in %s: %+v", tt.vault, s.one())
			}
			if op := s.op(r.Number); op.State != model.OpDone {
				t.Errorf("%s %s", op.State, op.Reason)
			}
			sent := slices.ContainsFunc(s.sim.Commands(), func(c vaultsim.Command) bool { return strings.Contains(c.Text, tt.command) })
			if !sent {
				t.Errorf("no command holds %s", tt.command)
			}
		})
	}
}
