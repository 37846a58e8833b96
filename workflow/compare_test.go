package workflow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// export is the audit as the command writes it, with texts.
func (v *vaultWorld) export() string {
	v.t.Helper()
	var b strings.Builder
	line := func(kind string, body any) {
		fields := map[string]any{}
		text, err := json.Marshal(body)
		if err == nil {
			err = json.Unmarshal(text, &fields)
		}
		fields["type"] = kind
		if err == nil {
			text, err = json.Marshal(fields)
		}
		if err != nil {
			v.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	entries, checkpoints := 0, 0
	line("export", map[string]any{"format": 1})
	_, err := v.svc.ExportAudit(v.ctx, "priya", store.AuditSpan{Texts: true}, func(e store.AuditExport) error {
		if e.Checkpoint != nil {
			checkpoints++
			line("checkpoint", e.Checkpoint)
			return nil
		}
		entries++
		// Numbers of this size stay whole only as text.
		text, err := json.Marshal(e.Entry)
		if err == nil {
			_, err = fmt.Fprintf(&b, "{\"type\":\"entry\",%s\n", text[1:])
		}
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	line("end", map[string]any{"entries": entries, "checkpoints": checkpoints})
	return b.String()
}

// comparedAs is what a comparison has to say of something.
type comparedAs struct{ here, vault, do string } // parts of it; do is "" where nothing is to be done

// wrong says where a comparison says something else.
func (want comparedAs) wrong(o workflow.LostObject) string {
	nothing := strings.HasPrefix(o.Advice, "nothing:") || o.Advice == "nothing"
	switch {
	case !strings.Contains(o.Here, want.here):
		return fmt.Sprintf("here: %s, want %q", o.Here, want.here)
	case !strings.Contains(o.Vault, want.vault), (o.Vault == "") != (want.vault == ""):
		return fmt.Sprintf("vault: %s, want %q", o.Vault, want.vault)
	case nothing != (want.do == ""), !strings.Contains(o.Advice, want.do):
		return fmt.Sprintf("the vault shows %s; do: %s, want %q", o.Vault, o.Advice, want.do)
	}
	return ""
}

// blind says which falsehood about something would not be noticed: the opposite of
// what the vault shows, that it is not here, that nothing is to be done, or that
// something is.
func (want comparedAs) blind(o workflow.LostObject) string {
	for name, lies := range map[string]func(o *workflow.LostObject){
		"of the vault": func(o *workflow.LostObject) {
			switch {
			case o.Vault == "" || strings.Contains(o.Vault, "nothing") || strings.Contains(o.Vault, "gone"):
				o.Vault = "alice@example.com has edit, permanent on \"prod-db-01\" now"
			default:
				o.Vault = "alice@example.com has nothing on \"prod-db-01\" now"
			}
		},
		"of here": func(o *workflow.LostObject) {
			if o.Here = "in this queue it is rejected"; want.here == "active" {
				o.Here = "a person, as at the backup: disabled"
			}
		},
		"of what to do": func(o *workflow.LostObject) {
			if o.Advice = "nothing"; want.do == "" {
				o.Advice = "go on with it"
			}
		},
	} {
		lie := o
		if lies(&lie); want.wrong(lie) == "" {
			return name
		}
	}
	return ""
}

// TestTortureComparisonSaysWhatTheVaultShows loses what happened between a backup and
// an export, and reads what the comparison says of it: what the simulated vault holds,
// and what is to be done, which is nothing only where nothing is. Each falsehood has to
// be noticed, which is the control.
func TestTortureComparisonSaysWhatTheVaultShows(t *testing.T) {
	t.Parallel()
	permanent := draft()
	permanent.Asked.Limit = model.Permanent
	for _, tt := range []struct {
		name   string
		before func(v *vaultWorld) string // the object that is looked at, "" for the one that since returns
		since  func(v *vaultWorld, object string) string
		here   string
		vault  string // with what alice has in the simulator for %s
		do     string // "" is nothing
	}{
		{"half-way at the backup, carried out since",
			func(v *vaultWorld) string { r, _ := v.approved("alice", draft()); return string(r.Number) },
			func(v *vaultWorld, n string) string { v.fulfil(v.task(model.Number(n))); v.work(); return n },
			"in this queue it is approved", "%s", "look at what the vault shows"},
		{"undecided at the backup, carried out since",
			func(v *vaultWorld) string { return string(v.submit("alice", draft()).Number) },
			func(v *vaultWorld, n string) string {
				v.approve("omar", model.Number(n))
				if err := v.svc.Claim(v.ctx, "heidi", v.task(model.Number(n))); err != nil {
					v.t.Fatal(err)
				}
				v.fulfil(v.task(model.Number(n)))
				v.work()
				return n
			},
			"in this queue it is waiting", "%s", "look at what the vault shows before it is decided again"},
		{"undecided at the backup, withdrawn since",
			func(v *vaultWorld) string { return string(v.submit("alice", draft()).Number) },
			func(v *vaultWorld, n string) string {
				if err := v.svc.Withdraw(v.ctx, "alice", model.Number(n), ""); err != nil {
					v.t.Fatal(err)
				}
				return n
			},
			"in this queue it is waiting", "%s", "it was withdrawn then"},
		{"permanent, given back since",
			func(v *vaultWorld) string { return string(v.granted("alice", permanent).Number) },
			func(v *vaultWorld, n string) string { v.giveBack(model.Number(n)); return n },
			"in this queue it is done", "%s", "end it here"},
		{"permanent, the record gone since",
			func(v *vaultWorld) string { return string(v.granted("alice", permanent).Number) },
			func(v *vaultWorld, n string) string { v.giveBack(model.Number(n)); v.removeRecord(); return n },
			"in this queue it is done", "is gone", "end it here"},
		{"permanent, given back, and the same asked for again since",
			func(v *vaultWorld) string { return string(v.granted("alice", permanent).Number) },
			func(v *vaultWorld, n string) string {
				v.giveBack(model.Number(n))
				v.granted("alice", permanent)
				return n
			},
			"in this queue it is done", "%s", ""},
		{"over before, and only spoken about since",
			func(v *vaultWorld) string {
				r := v.granted("alice", draft())
				v.giveBack(r.Number)
				return string(r.Number)
			},
			func(v *vaultWorld, n string) string { v.note(model.Number(n)); return n },
			"in this queue it is done", "%s", ""},
		{"four hours that began before and were over since",
			func(v *vaultWorld) string { return string(v.granted("alice", draft()).Number) },
			func(v *vaultWorld, n string) string {
				for range 20 {
					v.later(15 * time.Minute)
				}
				return n
			},
			"in this queue it is done", "%s", ""},
		{"four hours over a permanent right, given back early since",
			func(v *vaultWorld) string {
				v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
				return string(v.granted("alice", draft()).Number)
			},
			func(v *vaultWorld, n string) string { v.giveBack(model.Number(n)); return n },
			"in this queue it is done", "%s", "end it here"},
		{"closed, and only spoken about since",
			func(v *vaultWorld) string { return string(v.granted("alice", permanent).Number) },
			func(v *vaultWorld, n string) string { v.note(model.Number(n)); return n },
			"in this queue it is done", "%s", ""},
		{"asked for since, and stands",
			nil,
			func(v *vaultWorld, _ string) string { return string(v.granted("alice", permanent).Number) },
			"not in this queue", "%s", "what was given is in nobody's ledger"},
		{"asked for and given back since",
			nil,
			func(v *vaultWorld, _ string) string {
				r := v.granted("alice", permanent)
				v.giveBack(r.Number)
				return string(r.Number)
			},
			"not in this queue", "%s", "shows nothing of it any more"},
		{"a device that was approved since",
			func(v *vaultWorld) string { return v.asksIn("alice@example.com", "192.0.2.7") },
			func(v *vaultWorld, id string) string { return v.approvesDevice(id) },
			"waits in this queue", "", "approved then"},
		{"a device that came and was approved since",
			nil,
			func(v *vaultWorld, _ string) string {
				return v.approvesDevice(v.asksIn("alice@example.com", "192.0.2.7"))
			},
			"not in this queue", "", "approved then"},
		{"a device that came since",
			nil,
			func(v *vaultWorld, _ string) string {
				return string(v.device(v.asksIn("alice@example.com", "192.0.2.7")).Object())
			},
			"not in this queue", "", ""},
		{"somebody disabled since",
			nil,
			func(v *vaultWorld, _ string) string {
				if _, err := v.svc.Disable(v.ctx, "priya", "alice", "left"); err != nil {
					v.t.Fatal(err)
				}
				return "alice"
			},
			"active", "", "disable them again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			object := ""
			if tt.before != nil {
				object = tt.before(v)
			}
			backup := v.backup()
			v.later(time.Minute)
			object = tt.since(v, object)
			export := v.export()
			v.later(time.Minute)
			v.restored(workflow.Settings{Default: policy()}, backup)
			var c workflow.Comparison
			var err error
			v.active(func() { c, err = v.svc.CompareAudit(v.ctx, "priya", strings.NewReader(export)) })
			if err != nil {
				t.Fatal(err)
			}
			has := "alice@example.com has nothing"
			if s, there := v.share("alice"); there {
				has = "alice@example.com has " + map[bool]string{true: "edit", false: "view"}[s.Rights.Edit] + " "
				if s.Expires.IsZero() {
					has = strings.TrimSpace(has) + ", permanent"
				}
			}
			for _, o := range c.Objects {
				if (o.Object == "queue" || o.Object == "audit") && o.Advice != "nothing" {
					t.Errorf("of %s: %s", o.Object, o.Advice)
				}
				if o.Object != object {
					continue
				}
				want := comparedAs{tt.here, strings.Replace(tt.vault, "%s", has, 1), tt.do}
				if wrong := want.wrong(o); wrong != "" {
					t.Error(wrong)
				} else if lie := want.blind(o); lie != "" {
					t.Errorf("a falsehood %s would not be noticed", lie)
				}
				return
			}
			t.Errorf("%s is not named: %+v", object, c.Objects)
		})
	}
}

// note adds something to the audit of a request that changes nothing.
func (v *vaultWorld) note(n model.Number) {
	v.t.Helper()
	if err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		return tx.AppendAudit(model.AuditEvent{Actor: "omar", Action: "request.review", Object: string(n), Correlation: "noted"})
	}); err != nil {
		v.t.Fatal(err)
	}
}

// approvesDevice approves a device to the end and returns its object.
func (v *vaultWorld) approvesDevice(id string) string {
	v.t.Helper()
	d := v.device(id)
	if _, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Approve, Revision: d.Revision, Comment: "called her"}); err != nil {
		v.t.Fatal(err)
	}
	return string(v.endsDevice(id).Object())
}
