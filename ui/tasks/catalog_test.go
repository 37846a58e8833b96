package tasks

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

const (
	payrollFolder = model.UID("FoLdErFoLdErFoLdErFoLd")
	financeFolder = model.UID("Fin4nceF0lderFin4nceFA")
	madeUID       = model.UID("M4deRec0rdM4deRec0rdAA")
)

// about makes the first task one of another item.
func about(key model.ItemKey, target model.Target, access model.Access, answers ...model.Answer) func(*workflow.CaseView) {
	return func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(key)
		r := &c.Request
		r.Item, r.Target, r.Asked, r.Allowed, r.Answers = key, target, access, access, answers
		c.Approvals[0].Votes[0].Allowed, c.Approvals[0].Votes[0].Comment = access, ""
	}
}

// withFolders has a company whose first task is changed, and two folders in its
// vault, one inside the other.
func withFolders(change func(*workflow.CaseView)) *queue {
	q := company()
	change(q.cases["SCTASK0010042"])
	members := []model.Holder{{Email: "grace@example.com", Share: model.Share{Right: model.RightAll}},
		{Email: string(payrollUID), Team: "Auditors", Share: model.Share{Right: model.RightNone}}}
	finance := model.RecordFacts{Kind: model.TargetFolder, UID: financeFolder, Title: "Finance", Path: "Finance", Records: 31, Default: model.RightView, Shares: members}
	q.facts[financeFolder] = finance
	finance.UID, finance.Title, finance.Path = payrollFolder, "Payroll", "Finance / Payroll"
	finance.Whole = model.Target{Kind: model.TargetFolder, UID: financeFolder, Title: "Finance"}
	q.facts[payrollFolder] = finance
	q.hits = append(q.hits,
		model.Hit{UID: financeFolder, Kind: model.TargetFolder, Title: "Finance", Description: "31 records"},
		model.Hit{UID: payrollFolder, Kind: model.TargetFolder, Title: "Payroll", Description: "in Finance"},
		model.Hit{UID: "NestedNestedNestedNest", Kind: model.TargetFolder, Title: "Payroll archive", Nested: true})
	return q
}

// folder is a task for membership of a folder.
func folder() *queue {
	return withFolders(about(model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, UID: payrollFolder, Title: "Payroll"},
		model.Access{Right: model.RightManageRecords, Limit: model.For(30 * 24 * time.Hour)}, model.Answer{Field: model.FieldDefaults, Value: "edit"}))
}

// described is the same for a folder in words.
func described() *queue {
	return withFolders(about(model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, Described: "where payroll keeps its logins"},
		model.Access{Right: model.RightNone}))
}

// link is a task for a one-time link.
func link() *queue {
	return withFolders(about(model.ItemOneTimeShare, model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"},
		model.Access{Right: model.RightView, Limit: model.For(24 * time.Hour)}))
}

// store is a task for an SSH key that goes to a folder, or to none yet.
func store(folder model.Target) *queue {
	return withFolders(func(c *workflow.CaseView) {
		about(model.ItemSSHKey, folder, model.Access{}, model.Answer{Field: model.FieldTitle, Value: "deploy @ web-1"},
			model.Answer{Field: "login", Value: "deploy"}, model.Answer{Field: "host", Value: "web-1:22"},
			model.Answer{Field: "keypair", Value: "generate ed25519"}, model.Answer{Field: model.FieldShareIt, Value: "edit"})(c)
		c.Request.Sealed = []model.SealedAnswer{{Field: "passphrase", SecretID: 1, Commitment: "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}}
	})
}

func inPayroll() *queue {
	return store(model.Target{Kind: model.TargetFolder, UID: payrollFolder, Title: "Payroll"})
}

// partly is such a task whose record was made and whose share was refused.
func partly(d *desk) *desk {
	d.press("enter", "f")
	d.confirm()
	c := d.q.cases["SCTASK0010042"]
	create, share := &c.Operations[0], &c.Operations[1]
	create.State, create.Ended, create.Attempts, create.Intent.Record = model.OpDone, d.now.Add(3*time.Second), 1, madeUID
	create.Evidence = "record " + string(madeUID) + " is there, with what was ordered"
	share.Intent.Record, share.State, share.Ended, share.Attempts = madeUID, model.OpRefused, d.now.Add(4*time.Second), 1
	share.Reason = "the user alice@example.com does not exist"
	d.q.facts[madeUID] = model.RecordFacts{Kind: model.TargetRecord, UID: madeUID, Title: "deploy @ web-1", Type: "sshKeys", Path: "Finance / Payroll",
		Owner: "vault-admin@example.com", In: payrollFolder}
	d.now = d.now.Add(5 * time.Second)
	d.send(tab.Changed{})
	return d
}

// searching is a task to answer a search.
func searching() *queue {
	return withFolders(about(model.ItemSearchRecord, model.Target{Kind: model.TargetRecord}, model.Access{},
		model.Answer{Field: model.FieldWords, Value: "the reporting database, read only"}))
}

// takingTwo is a task to take from two people what was not given here.
func takingTwo() *queue {
	return withFolders(func(c *workflow.CaseView) {
		about(model.ItemRevoke, c.Request.Target, model.Access{}, model.Answer{Field: "who", Value: "carol@example.com\nfrank@example.com"})(c)
		c.Request.RequestedBy, c.Request.RequestedFor, c.Recipient = "root", "root@example.com", "root"
		c.Tasks[0].Assignee, c.Timeline[3].Who = "root", "root"
		c.Approvals, c.Timeline = nil, c.Timeline[2:]
	})
}

// openFirst opens the first task, as who holds it.
func openFirst(q *queue) func(t *testing.T, w, h int, keys ...string) *desk {
	return func(t *testing.T, w, h int, keys ...string) *desk {
		who := q.cases["SCTASK0010042"].Tasks[0].Assignee
		if who == "" {
			who = "omar"
		}
		d := sitAs(t, string(who), q, w, h)
		d.press("enter")
		d.press(keys...)
		return d
	}
}

// catalogScreens are the work areas of the items beside access to a record.
func catalogScreens() []goldenScreen {
	screen := func(name string, q func() *queue, keys ...string) goldenScreen {
		return goldenScreen{name, func(t *testing.T, w, h int) *desk { return openFirst(q())(t, w, h, keys...) }}
	}
	return []goldenScreen{
		screen("folder-plan", folder),
		screen("folder-confirm", folder, "f"),
		screen("folder-described", described),
		{"folder-search", func(t *testing.T, w, h int) *desk {
			d := openFirst(described())(t, w, h, "s")
			d.paste("payroll")
			return d
		}},
		screen("link-plan", link),
		screen("link-confirm", link, "f"),
		{"link-done", func(t *testing.T, w, h int) *desk {
			d := openFirst(link())(t, w, h, "f")
			d.confirm()
			c := d.q.cases["SCTASK0010042"]
			op := &c.Operations[0]
			op.State, op.Attempts, op.Ended, op.Intent.Link = model.OpDone, 1, d.now.Add(2*time.Second), "x7Kq0"
			op.Intent.Expires = d.now.Add(24 * time.Hour)
			c.Grants = []model.Grant{{ID: 3, Link: "x7Kq0", Right: model.RightView, Until: op.Intent.Expires, State: model.GrantActive}}
			c.Link = &workflow.LinkView{ID: "x7Kq0", Waiting: true, Expires: op.Intent.Expires}
			c.Tasks[0].State, c.Tasks[0].Closed, c.Request.State = model.TaskClosedComplete, op.Ended, model.ClosedComplete
			d.now = d.now.Add(3 * time.Second)
			d.send(tab.Changed{})
			return d
		}},
		screen("store-plan", inPayroll),
		screen("store-confirm", inPayroll, "f"),
		screen("store-no-folder", func() *queue { return store(model.Target{Kind: model.TargetFolder}) }),
		{"store-search", func(t *testing.T, w, h int) *desk {
			d := openFirst(store(model.Target{Kind: model.TargetFolder}))(t, w, h, "s")
			d.paste("pay")
			return d
		}},
		{"store-partly", func(t *testing.T, w, h int) *desk { return partly(sit(t, inPayroll(), w, h)) }},
		screen("search-task", searching),
		{"search-marked", func(t *testing.T, w, h int) *desk {
			d := openFirst(searching())(t, w, h, "s")
			d.paste("reporting")
			d.press("enter", "down", "enter")
			return d
		}},
		{"search-answer", func(t *testing.T, w, h int) *desk {
			d := openFirst(searching())(t, w, h, "s")
			d.paste("reporting")
			d.press("enter", "esc", "f")
			return d
		}},
		{"ledger", func(t *testing.T, w, h int) *desk { return atLedger(t, granted(), w, h) }},
		{"ledger-drift", func(t *testing.T, w, h int) *desk { return atLedger(t, granted(), w, h, "j", "enter") }},
		{"ledger-revoke", func(t *testing.T, w, h int) *desk { return atLedger(t, granted(), w, h, "x") }},
		{"take-named", func(t *testing.T, w, h int) *desk {
			d := atLedger(t, granted(), w, h, "n")
			d.paste("pay")
			return d
		}},
		{"take-who", func(t *testing.T, w, h int) *desk {
			d := atLedger(t, granted(), w, h, "n")
			d.paste("prod")
			d.press("enter", "tab", "right", "enter", "down", "space", "tab")
			d.paste("she left the company")
			return d
		}},
		screen("take-several", takingTwo),
		screen("take-several-confirm", takingTwo, "f"),
	}
}

func TestASearchIsAnsweredWithWhatIsMarked(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := searching()
		d := openFirst(q)(t, 120, 32, "s")
		d.paste("reporting")
		d.press("enter", "down", "enter", "enter", "esc") // the second one is marked, and unmarked again
		d.shows("✓ reporting-replica", "f sends the answer: 1 hit.")
		d.hides("✓ reporting-etl")
		d.press("f")
		d.shows("alice is told of 1 hit: title, type and UID. That gives nobody access.")
		d.paste("the one that finance uses")
		d.press("tab", "right", "enter")
		if want := `answer SCTASK0010042 [` + string(replicaUID) + `] "the one that finance uses"`; q.count(want) != 1 {
			t.Fatalf("asked %q, want %q", q.asked, want)
		}
		if want := "SCTASK0010042 is answered with 1 hit"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		if q.count("plan") != 0 {
			t.Error("a plan was read for a search")
		}
	})
}

func TestThatNothingWasFoundNeedsWords(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := searching()
		d := openFirst(q)(t, 120, 32, "f")
		d.shows("alice is told that nothing was found.")
		d.press("tab", "right", "enter")
		d.shows("say what was looked for")
		if q.count("answer") != 0 {
			t.Errorf("asked %q", q.asked)
		}
	})
}

func TestOnlyWhatWasRefusedIsTriedAgain(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := partly(sit(t, inPayroll(), 120, 32))
		d.shows("refused: give alice@example.com edit", "What was done before it stays.", "Made      deploy @ web-1", "Shared    with nobody")
		d.press("f")
		d.shows("Run SCTASK0010042", "1  give alice@example.com edit")
		d.hides("1  create")
		d.confirm()
		ops := d.q.cases["SCTASK0010042"].Operations
		if last := ops[len(ops)-1]; len(ops) != 3 || last.Kind != model.OpGrant || last.State != model.OpQueued {
			t.Errorf("orders = %v", ops)
		}
	})
}

func TestWhatIsUnderWayComesBeforeWhatWasRefused(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := openFirst(takingTwo())(t, 120, 32, "f")
		d.confirm()
		ops := d.q.cases["SCTASK0010042"].Operations
		ops[0].Plan, ops[1].Plan = "taken.1", "taken.2"
		ops[0].State, ops[0].Ended, ops[0].Reason = model.OpRefused, d.now, "she is the last one who manages it"
		d.send(tab.Changed{})
		d.shows("step 2 of 2", "Leaving this screen stops nothing")
		ops[1].State, ops[1].Ended = model.OpDone, d.now
		d.send(tab.Changed{})
		d.shows("refused: remove the share of carol@example.com. she is the", "last one who manages it", "What was done before it stays.")
	})
}

func TestTheLinkIsNeverOnTheScreen(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := link()
		c := q.cases["SCTASK0010042"]
		c.Link = &workflow.LinkView{ID: "x7Kq0", Waiting: true, Expires: noon.Add(time.Hour)}
		d := openFirst(q)(t, 120, 32)
		d.shows("waits for alice, who alone can see it", "lives until 11:30")
		c.Link = &workflow.LinkView{ID: "x7Kq0", Shown: noon, Expires: noon.Add(time.Hour)}
		d.send(tab.Changed{})
		d.shows("not opened yet, as far as is known", "shown to alice at 10:30, and kept nowhere")
	})
}
