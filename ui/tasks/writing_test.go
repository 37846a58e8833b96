package tasks

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

const canary = "correct-horse-battery"

// inAdminsHands is a company whose tasks an admin has.
func inAdminsHands() *queue {
	q := withFolders(func(*workflow.CaseView) {})
	heldBy("root")(q.cases["SCTASK0010042"])
	heldBy("root")(q.cases["SCTASK0010043"])
	return q
}

// atRecord is an admin at the form for a new record.
func atRecord(t *testing.T, q *queue, w, h int) *desk {
	d := sitAs(t, "root", q, w, h)
	d.run(d.tab.Open("SCTASK0010043"))
	d.press("n")
	return d
}

// atChange is an admin at the form for a change.
func atChange(t *testing.T, q *queue, w, h int) *desk {
	d := sitAs(t, "root", q, w, h)
	d.run(d.tab.Open("SCTASK0010042"))
	d.press("e")
	return d
}

// toPlan leaves a form by its button.
func (d *desk) toPlan() {
	d.t.Helper()
	for range 40 {
		if !d.tab.writing.form.Focused() {
			break
		}
		d.press("tab")
	}
	d.press("right", "enter")
}

func writingScreens() []goldenScreen {
	database := func(t *testing.T, w, h int) *desk {
		d := atRecord(t, inAdminsHands(), w, h)
		d.press("right", "tab", "tab")
		d.paste("PostgreSQL")
		d.press("tab")
		d.paste("db2.example.com:5432")
		d.press("tab")
		d.paste("report")
		return d
	}
	return []goldenScreen{
		{"record-form", func(t *testing.T, w, h int) *desk { return atRecord(t, inAdminsHands(), w, h) }},
		{"record-filled", database},
		{"record-confirm", func(t *testing.T, w, h int) *desk {
			d := database(t, w, h)
			d.toPlan()
			return d
		}},
		{"change-form", func(t *testing.T, w, h int) *desk { return atChange(t, inAdminsHands(), w, h) }},
		{"change-confirm", func(t *testing.T, w, h int) *desk {
			d := atChange(t, inAdminsHands(), w, h)
			d.paste(" (new)")
			d.press("tab", "tab", "tab", "tab", "right")
			d.toPlan()
			return d
		}},
	}
}

func TestARecordIsMadeInsideATaskAndUsed(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := inAdminsHands()
		d := atRecord(t, q, 120, 32)
		d.shows("A new record for REQ0010044", "bob@example.com gets what was approved on it: view, 4 h.", "Secure note", "Membership")
		d.press("right", "tab")
		d.paste("reporting")
		d.press("tab")
		d.paste("PostgreSQL")
		d.press("tab", "tab", "tab", "right", "right", "tab") // a password by hand
		d.paste(canary)
		d.press("tab")
		d.shows("✓ sealed, not shown again")
		d.hides(canary)
		d.toPlan()
		if want := "plan record database  dbtype=PostgreSQL, password sealed 21, title=reporting"; q.count(want) != 1 {
			t.Fatalf("asked %q, want %q\n%s", q.asked, want, d.screen())
		}
		d.shows("Make the record: SCTASK0010043", "A record is made: reporting; bob@example.com gets view.", "nothing → reporting  databaseCredentials",
			"bob@example.com: nothing → view, 4 h", "Password: sealed", "1  create \"reporting\" (databaseCredentials)")
		d.confirm()
		if q.count("run record database") != 1 {
			t.Fatalf("asked %q", q.asked)
		}
		if want := "SCTASK0010043 is queued for the vault"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		d.shows("step 1 of 2")
		for _, a := range q.asked {
			if strings.Contains(a, canary) {
				t.Errorf("the secret is in %q", a)
			}
		}
	})
}

func TestWhatIsFilledInIsKeptWhileTheTaskIsOpen(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := atRecord(t, inAdminsHands(), 120, 32)
		d.press("tab")
		d.paste("half a title")
		d.press("esc")
		if want := "what you filled in is kept while this task is open"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		if want := "a record that was filled in and not queued"; d.tab.Unsaved() != want {
			t.Errorf("unsaved = %q, want %q", d.tab.Unsaved(), want)
		}
		d.press("n")
		d.shows("half a title")
		d.press("esc", "esc")
		d.run(d.tab.Open("SCTASK0010043"))
		d.press("n")
		d.hides("half a title")
	})
}

func TestLeavingTheTaskWipesWhatWasSealed(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := atRecord(t, inAdminsHands(), 120, 32)
		d.press("tab", "tab", "tab", "right", "right", "tab")
		d.paste(canary)
		d.press("tab", "esc")
		r := d.tab.work.creation
		if got := string(r.secrets()["password"]); got != canary {
			t.Fatalf("the secret is %q", got)
		}
		d.press("esc")
		if got := r.secrets(); len(got) != 0 {
			t.Errorf("the secrets are still %q", got)
		}
	})
}

func TestWhatTheWorkflowFindsWrongStandsBesideItsField(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := inAdminsHands()
		q.recordErr = workflow.Invalid{"login": "the vault refuses that name"}
		d := atRecord(t, q, 120, 32)
		d.toPlan()
		d.shows("A new record for", "the vault refuses that name")
	})
}

func TestAChangeShowsWhatIsThereAndSendsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := inAdminsHands()
		d := atChange(t, q, 120, 32)
		d.shows("Change prod-db-01", "PostgreSQL", "db1.example.com:5432", "ledger", "as it is")
		d.paste(" (new)")
		d.press("tab", "tab", "tab", "tab", "right") // the password is generated anew
		d.toPlan()
		if want := `plan change "prod-db-01 (new)" [{password generate random 24}] 0 "" false`; q.count(want) != 1 {
			t.Fatalf("asked %q, want %q\n%s", q.asked, want, d.screen())
		}
		d.shows("Change the record: SCTASK0010042", "Title: prod-db-01 → prod-db-01 (new)", "Password: held → generated in the vault: 24 random characters")
		d.confirm()
		if q.count("run change") != 1 {
			t.Fatalf("asked %q", q.asked)
		}
		d.shows("change the title to")
	})
}

func TestNothingChangedIsNotPlanned(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := inAdminsHands()
		d := atChange(t, q, 120, 32)
		d.toPlan()
		if d.said() != "nothing is changed yet" || q.count("plan change") != 1 {
			t.Errorf("notice = %q, asked %q", d.said(), q.asked)
		}
	})
}

func TestOnlyAdminsWriteRecords(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company(), 120, 32)
		d.run(d.tab.Open("SCTASK0010043"))
		for _, key := range []string{"n", "e"} {
			d.press(key)
			if d.said() != "only admins write records" || !d.tab.stack.Empty() {
				t.Errorf("%s says %q", key, d.said())
			}
		}
	})
}

func TestAChangeThatIsDoneLeavesTheTaskOpen(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := inAdminsHands()
		d := atChange(t, q, 120, 32)
		d.paste("!")
		d.toPlan()
		d.confirm()
		op := &q.cases["SCTASK0010042"].Operations[0]
		op.State, op.Ended, op.Attempts = model.OpDone, d.now, 1
		d.send(tab.Changed{})
		d.shows("f runs the plan", "done  change the title")
	})
}
