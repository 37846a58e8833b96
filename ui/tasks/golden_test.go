package tasks

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// away is a vault that cannot be reached.
func away() error {
	return &workflow.VaultError{Kind: workflow.VaultUnreachable, Text: "the vault service does not answer since 10:12",
		Advice: "it is asked again by itself; ask whoever runs Commander"}
}

// ordered runs the first task's plan and puts its first order into a state.
func ordered(d *desk, change func(op *model.Operation)) *desk {
	d.press("enter", "f")
	d.confirm()
	ops := d.q.cases["SCTASK0010042"].Operations
	change(&ops[0])
	if ops[0].State == model.OpRefused { // what waits of its plan is cancelled
		ops[1].State, ops[1].Ended, ops[1].Reason = model.OpCancelled, ops[0].Ended, "an earlier step was refused"
	}
	d.now = d.now.Add(3 * time.Second)
	d.send(tab.Changed{})
	return d
}

// goldenScreen is a screen that is kept as it was looked at.
type goldenScreen struct {
	name string
	make func(t *testing.T, width, height int) *desk
}

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	sizes := []struct {
		name          string
		width, height int
	}{{"120x32", 120, 32}, {"80x20", 80, 20}}
	for _, tt := range append(append(catalogScreens(), writingScreens()...), []goldenScreen{
		{"list", func(t *testing.T, w, h int) *desk { return sit(t, company().doubts(), w, h) }},
		{"done", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.run(d.tab.SetView(doneView))
			d.rest()
			return d
		}},
		{"unknown", func(t *testing.T, w, h int) *desk {
			d := sit(t, company().doubts(), w, h)
			d.run(d.tab.SetView(unknownView))
			return d
		}},
		{"unknown-detail", func(t *testing.T, w, h int) *desk {
			d := sit(t, company().doubts(), w, h)
			d.run(d.tab.SetView(unknownView))
			d.press("j", "enter")
			return d
		}},
		{"free", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("j", "j", "enter")
			return d
		}},
		{"before-pick", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("j", "enter")
			return d
		}},
		{"search", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("j", "enter", "s")
			d.paste("reporting")
			return d
		}},
		{"after-pick", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("j", "enter", "s")
			d.paste("reporting")
			d.press("enter")
			return d
		}},
		{"plan-restore", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("enter")
			return d
		}},
		{"take-back", func(t *testing.T, w, h int) *desk {
			d := sit(t, owedQueue(model.RightEdit, model.Share{Right: model.RightView}), w, h)
			d.press("enter")
			return d
		}},
		{"take-back-confirm", func(t *testing.T, w, h int) *desk {
			d := sit(t, owedQueue(model.RightEdit, model.Share{}), w, h)
			d.press("enter", "f")
			return d
		}},
		{"plan-nothing", func(t *testing.T, w, h int) *desk {
			q := company()
			f := q.facts[prodUID]
			f.Shares[0].Share.Right = model.RightEdit
			d := sit(t, q, w, h)
			d.press("enter")
			return d
		}},
		{"confirm", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("enter", "f")
			return d
		}},
		{"confirm-different", func(t *testing.T, w, h int) *desk {
			q := company()
			q.differ = []string{`approved as "prod-db-01", the record is now called "prod-db-01 (old)"`}
			d := sit(t, q, w, h)
			d.press("enter", "f")
			return d
		}},
		{"running", func(t *testing.T, w, h int) *desk {
			return ordered(sit(t, company(), w, h), func(op *model.Operation) {
				op.State, op.Attempts, op.ServiceID, op.Sent, op.Updated = model.OpSent, 1, "b6f0c1d2-77aa", op.Created, op.Created.Add(time.Second)
			})
		}},
		{"done-now", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			return ordered(d, func(op *model.Operation) {
				op.State, op.Attempts, op.ServiceID, op.Sent = model.OpDone, 1, "b6f0c1d2-77aa", op.Created
				op.Ended, op.Evidence = op.Created.Add(5*time.Second), `Record "prod-db-01" access permissions has been changed for user 'alice@example.com'`
				c := d.q.cases["SCTASK0010042"]
				c.Tasks[0].State, c.Tasks[0].Closed, c.Request.State = model.TaskClosedComplete, op.Ended, model.ClosedComplete
				c.Timeline = append(c.Timeline,
					workflow.TimelineEntry{At: op.Created, Who: "omar", Kind: model.EntryEvent, Text: "runs the plan: give alice@example.com edit for 4 h"},
					workflow.TimelineEntry{At: op.Ended, Kind: model.EntryNote, Text: op.Evidence})
			})
		}},
		{"refused", func(t *testing.T, w, h int) *desk {
			return ordered(sit(t, company(), w, h), func(op *model.Operation) {
				op.State, op.Attempts, op.Sent, op.Ended = model.OpRefused, 1, op.Created, op.Created.Add(2*time.Second)
				op.Reason = "Failed to share record: the user's enterprise does not allow sharing outside"
			})
		}},
		{"outcome-unknown", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			return ordered(d, func(op *model.Operation) {
				op.State, op.Attempts, op.Sent, op.NextLook = model.OpUnknown, 1, op.Created, d.now.Add(40*time.Second)
				op.LookingFor = "the service has not answered yet"
			})
		}},
		{"close", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.press("enter", "c", "right", "right", "right", "tab")
			d.paste("the record is being retired; alice uses\nprod-db-02 instead")
			return d
		}},
		{"away", func(t *testing.T, w, h int) *desk {
			q := company()
			q.planErr, q.factsErr = away(), away()
			d := sit(t, q, w, h)
			d.press("enter")
			return d
		}},
		{"read-only", func(t *testing.T, w, h int) *desk {
			d := sit(t, company(), w, h)
			d.run(d.tab.SetView(doneView))
			d.rest()
			d.press("enter")
			return d
		}},
		{"empty", func(t *testing.T, w, h int) *desk {
			return sit(t, &queue{}, w, h)
		}},
		{"error", func(t *testing.T, w, h int) *desk {
			return sit(t, &queue{tasksErr: errors.New("read the open tasks: database is locked")}, w, h)
		}},
	}...) {
		for _, size := range sizes {
			t.Run(tt.name+" "+size.name, func(t *testing.T) {
				t.Parallel()
				var got string
				instantly(t, func(t *testing.T) { got = tt.make(t, size.width, size.height).screen() })
				path := filepath.Join("testdata", tt.name+"-"+size.name+".golden")
				if *update {
					if err := os.MkdirAll("testdata", 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("screen =\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}
