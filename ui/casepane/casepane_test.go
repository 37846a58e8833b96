package casepane_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/casepane/casetest"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// drawn draws content as the console does, without colours.
func drawn(content widget.DetailContent, width int) string {
	d := widget.NewDetail(theme.New(theme.Options{Dark: true}))
	d.SetSize(width, 400)
	d.SetContent("k", content)
	var lines []string
	for _, l := range strings.Split(ansi.Strip(d.View()), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

func TestGoldenPanes(t *testing.T) {
	t.Parallel()
	mod := func(change func(*workflow.CaseView)) workflow.CaseView {
		c := alicesCase()
		change(&c)
		return casetest.Stand(c)
	}
	for _, tt := range []struct {
		name    string
		content widget.DetailContent
	}{
		{"raise", casepane.Content(mod(func(c *workflow.CaseView) { c.Facts = facts(model.RightView) }), options())},
		{"first", casepane.Content(mod(func(c *workflow.CaseView) { c.Facts = facts("") }), options())},
		{"asking", casepane.Content(mod(func(*workflow.CaseView) {}), casepane.Options{Now: noon, Asking: true})},
		{"has-it-already", casepane.Content(mod(func(c *workflow.CaseView) { c.Facts = facts(model.RightEditShare) }), options())},
		{"owner-by-description", casepane.Content(mod(ownerByDescription), options())},
		{"in-work", casepane.Content(mod(inWork), options())},
		{"stored-secret", casepane.Content(mod(storedSecret), options())},
		{"folder", casepane.Content(mod(folderCase), options())},
		{"subfolder", casepane.Content(mod(subfolderCase), options())},
		{"link", casepane.Content(mod(linkCase), options())},
		{"link-pam", casepane.Content(mod(pamCase), options())},
		{"link-waits", casepane.Content(mod(linkMade), options())},
		{"store-key", casepane.Content(mod(storedKey), options())},
		{"store-done", casepane.Content(mod(storeDone), options())},
		{"search", casepane.Content(mod(searchCase), options())},
		{"revoke", casepane.Content(mod(revokeCase), options())},
		{"two-steps", casepane.Content(mod(twoSteps), options())},
		{"asked-back", casepane.Content(mod(askedBack), options())},
		{"emergency", casepane.Content(mod(emergency), options())},
		{"raw", casepane.Raw(mod(func(c *workflow.CaseView) { c.Request.Target.Title = "рrod\u202edb" }))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, path := drawn(tt.content, 53), filepath.Join("testdata", tt.name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("pane = \n%s\nwant\n%s", got, want)
			}
		})
	}
}

func options() casepane.Options { return casepane.Options{Now: noon, Zone: time.UTC} }

func ownerByDescription(c *workflow.CaseView) {
	r := &c.Request
	r.RequestedFor, c.Recipient = "vendor@partner.example", ""
	r.Target = model.Target{Kind: model.TargetRecord, Described: "the deploy key of the shop,\nthe one on github"}
	r.Asked = model.Access{Right: model.RightOwner}
	r.Allowed = r.Asked
	r.RefersTo = "REQ0010007"
	r.Policy.Steps = append(r.Policy.Steps, model.PolicyStep{Group: "Owners", Mode: model.NOf, Needed: 2})
	c.Approvals[0].State = model.ApprovalApproved
	c.Approvals[0].Votes = []model.Vote{{Voter: "p2", Seat: "p3", Verdict: model.Approve, At: noon.Add(-time.Hour)}}
	c.Approvals = append(c.Approvals, model.Approval{Step: 2, Group: "Owners", State: model.ApprovalRequested})
	c.Missing = 2
	for i := range c.Perms {
		if c.Perms[i].Action == model.ActApprove {
			c.Perms[i].Err = &model.Denied{Code: model.DenyOwn, Reason: "this is your own request; somebody else has to decide it"}
		}
	}
}

func inWork(c *workflow.CaseView) {
	c.Request.State = model.InProcess
	c.Request.Allowed = model.Access{Right: model.RightView, Limit: model.Until(noon.Add(3 * time.Hour))}
	c.Approvals[0].State = model.ApprovalApproved
	c.Approvals[0].Votes = []model.Vote{{Voter: "p2", Seat: "p2", Verdict: model.Approve, At: noon.Add(-time.Hour)}}
	c.Tasks = []model.Task{{Number: "SCTASK0010001", Kind: model.TaskFulfil, State: model.TaskInProgress, Assignee: "p3"}}
	c.Operations = []model.Operation{
		{Kind: model.OpGrant, State: model.OpUnknown, LookingFor: "alice's share of the record",
			Intent: model.Intent{Email: "alice@example.com", Right: model.RightView}},
		{Kind: model.OpGrant, State: model.OpScheduled, NotBefore: noon.Add(time.Hour),
			Intent: model.Intent{Email: "alice@example.com", Right: model.RightView, Restores: true}},
	}
	c.Grants = []model.Grant{{Right: model.RightView, State: model.GrantActive, Since: noon.Add(-time.Minute), Until: noon.Add(3 * time.Hour)}}
}

func storedSecret(c *workflow.CaseView) {
	c.Item, _ = model.FindItem(model.ItemDatabase)
	r := &c.Request
	r.Item, r.Target, r.Asked, r.Allowed, r.RequestedFor = model.ItemDatabase, model.Target{}, model.Access{}, model.Access{}, ""
	r.Answers = []model.Answer{{Field: "title", Value: "Ledger"}, {Field: "host", Value: "db.example.com:5432"}, {Field: "unheard", Value: "of"}}
	r.Sealed = []model.SealedAnswer{{Field: "password", SecretID: 1, Commitment: strings.Repeat("0a", 32)}}
}

// access asks for something else in alice's request.
func access(c *workflow.CaseView, item model.ItemKey, target model.Target, a model.Access) {
	c.Item, _ = model.FindItem(item)
	c.Request.Item, c.Request.Target, c.Request.Asked, c.Request.Allowed = item, target, a, a
}

const folderUID = model.UID("FoLdErFoLdErFoLdErFoLd")

func TestWhatAnAdminSealedInsideATaskIsNamed(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.Request.Sealed = []model.SealedAnswer{{Field: "change.notes", Commitment: strings.Repeat("0a", 32)}, {Field: "record.password", Commitment: strings.Repeat("0b", 32)}}
	content := casepane.Content(c, options())
	for _, label := range []string{"Changed notes", "New password"} {
		if got := fact(content, label); len(got) == 0 || got[0] != "sealed: only the worker can read it" {
			t.Errorf("%s = %q", label, got)
		}
	}
}

func folderFacts() *model.RecordFacts {
	return &model.RecordFacts{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll", Path: "Payroll", Records: 14, Default: model.RightView,
		Read: noon.Add(-12 * time.Second), Shares: []model.Holder{{Email: "omar@example.com", Share: model.Share{Right: model.RightAll}},
			{Email: "9hX2c7kQTmqv1mFz0aLb3w", Team: "Finance", Share: model.Share{Right: model.RightManageRecords}}}}
}

func folderCase(c *workflow.CaseView) {
	access(c, model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll"},
		model.Access{Right: model.RightManageRecords, Limit: model.For(30 * 24 * time.Hour)})
	c.Request.Answers = []model.Answer{{Field: model.FieldDefaults, Value: "edit"}}
	c.Facts = folderFacts()
}

func subfolderCase(c *workflow.CaseView) {
	access(c, model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll"}, model.Access{Right: model.RightNone})
	c.Facts = folderFacts()
	c.Facts.Path = "Finance / Payroll"
	c.Facts.Whole = model.Target{Kind: model.TargetFolder, UID: "Zr5u0Bq2QnKxJ8tHs6yWcA", Title: "Finance"}
}

func linkCase(c *workflow.CaseView) {
	access(c, model.ItemOneTimeShare, c.Request.Target, model.Access{Right: model.RightView, Limit: model.For(24 * time.Hour)})
	c.Facts = facts("")
}

func pamCase(c *workflow.CaseView) {
	linkCase(c)
	c.Request.Target.Type, c.Facts.Type = "pamUser", "pamUser"
}

func linkMade(c *workflow.CaseView) {
	linkCase(c)
	c.Request.State = model.ClosedComplete
	c.Operations = []model.Operation{{ID: 1, TaskID: 1, Plan: "p", Seq: 1, Kind: model.OpLink, State: model.OpDone,
		Intent: model.Intent{Record: recordUID, Title: "prod-db-01", Right: model.RightView, Expires: noon.Add(24 * time.Hour), Link: "aB3"}}}
	c.Grants = []model.Grant{{ID: 1, Link: "aB3", Right: model.RightView, Until: noon.Add(24 * time.Hour), State: model.GrantActive}}
	c.Link = &workflow.LinkView{ID: "aB3", Waiting: true, Expires: noon.Add(24 * time.Hour)}
}

func storedKey(c *workflow.CaseView) {
	access(c, model.ItemSSHKey, model.Target{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll"}, model.Access{})
	c.Request.Answers = []model.Answer{{Field: "title", Value: "deploy @ web-1"}, {Field: "login", Value: "deploy"}, {Field: "host", Value: "web-1"},
		{Field: "keypair", Value: "generate ed25519"}, {Field: model.FieldShareIt, Value: "edit"}}
}

func storeDone(c *workflow.CaseView) {
	storedKey(c)
	c.Request.State = model.InProcess
	n := model.NewRecordOf(c.Request, c.Item)
	c.Tasks = []model.Task{{ID: 1, Number: "SCTASK0010001", Kind: model.TaskFulfil, State: model.TaskInProgress, Assignee: "p3"}}
	c.Operations = []model.Operation{
		{ID: 1, TaskID: 1, Plan: "p", Seq: 1, Kind: model.OpCreate, State: model.OpDone,
			Intent: model.Intent{Record: recordUID, Folder: folderUID, Title: n.Title, Create: &n}},
		{ID: 2, TaskID: 1, Plan: "p", Seq: 2, Kind: model.OpGrant, State: model.OpRefused, Reason: "the user does not exist",
			Intent: model.Intent{Record: recordUID, Title: n.Title, Email: "alice@example.com", Right: model.RightEdit}},
	}
}

func searchCase(c *workflow.CaseView) {
	access(c, model.ItemSearchRecord, model.Target{Kind: model.TargetRecord}, model.Access{})
	c.Request.Answers = []model.Answer{{Field: model.FieldWords, Value: "ledger database, the old one"}}
}

func revokeCase(c *workflow.CaseView) {
	access(c, model.ItemRevoke, c.Request.Target, model.Access{})
	c.Request.RequestedBy, c.Request.RequestedFor, c.Recipient = "p3", "omar@example.com", "p3"
	c.Request.Answers = []model.Answer{{Field: "who", Value: "carol@example.com\nfrank@example.com"}}
	c.Request.State, c.Request.RefersTo = model.InProcess, ""
	c.Approvals, c.Deciders = nil, nil
}

// readBack returns everything that a pane says, read back into what is stored.
func readBack(t rapid.TB, content widget.DetailContent) []string {
	t.Helper()
	decode := func(lines []widget.Line) string {
		var texts []string
		for _, l := range lines {
			texts = append(texts, l.String())
		}
		got, err := safetext.Decode(strings.Join(texts, "\n"))
		if err != nil {
			t.Fatalf("the pane holds what safetext does not draw: %v", err)
		}
		return got
	}
	said := []string{decode([]widget.Line{content.Title})}
	for _, s := range content.Sections {
		said = append(said, s.Title)
		for _, f := range s.Facts {
			said = append(said, decode(f.Value))
		}
	}
	return said
}

// foreign draws texts that attack a reader, without TAB and CR, of which safetext
// keeps only the look.
func foreign() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		part := rapid.SampledFrom([]string{"prod", " ", "\u202e", "\x1b[2J", "⟦", "\xff", "р", "e\u0301\u0301\u0301\u0301\u0301",
			"\u200b", "👩‍🚀", "表", "\x00", "\u2028", ": ", "=", "Allowed", "\u00a0"})
		return strings.Join(rapid.SliceOfN(part, 1, 12).Draw(t, "parts"), "")
	})
}

func TestEveryLineOfTheStatementCanBeReadInThePane(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := alicesCase()
		if rapid.Bool().Draw(t, "asked the vault") {
			c.Facts = facts(rapid.SampledFrom([]model.Right{"", model.RightView, model.RightShare}).Draw(t, "has"))
		}
		r := &c.Request
		r.Target.Title, r.Target.Type = foreign().Draw(t, "title"), foreign().Draw(t, "type")
		if rapid.Bool().Draw(t, "described") {
			r.Target = model.Target{Kind: model.TargetRecord, Described: foreign().Draw(t, "description")}
		}
		r.Justification = foreign().Draw(t, "why") + "\n\n" + foreign().Draw(t, "more")
		r.RequestedFor = foreign().Draw(t, "for")
		r.Answers = []model.Answer{{Field: "title", Value: foreign().Draw(t, "answer")}, {Field: "title", Value: "the same field again"}}
		r.Sealed = []model.SealedAnswer{{Field: "password", Commitment: strings.Repeat("ab", 32)}}
		r.RefersTo = "REQ0010001"
		r.State = rapid.SampledFrom(model.RequestStates()).Draw(t, "state")
		r.Policy.Steps = append(r.Policy.Steps, model.PolicyStep{Group: model.GroupName(foreign().Draw(t, "group")), Mode: model.All})
		allow := rapid.SampledFrom([]model.Access{{}, {Right: model.RightView, Limit: model.For(time.Hour)},
			{Right: model.RightView, Limit: model.Until(noon.Add(time.Hour))}}).Draw(t, "allow")
		o := options()
		o.Allow = allow

		panes := [][]string{readBack(t, casepane.Content(c, o)),
			readBack(t, widget.DetailContent{Sections: []widget.Section{casepane.Brief(c, o)}})}
		if allow == (model.Access{}) {
			allow = r.Allowed
		}
		for _, l := range c.Statement(allow).Lines() {
			for _, said := range panes {
				if !containsAny(said, l.Value) {
					t.Fatalf("%q: %q is nowhere in %q", l.Label, l.Value, said)
				}
			}
		}
	})
}

func containsAny(said []string, value string) bool {
	for _, s := range said {
		if strings.Contains(s, value) {
			return true
		}
	}
	return false
}

func TestTheStatementIsOnTheScreenHoweverNarrow(t *testing.T) {
	t.Parallel()
	blank := regexp.MustCompile(`\s+`)
	for _, width := range []int{40, 53, 80, 120} {
		c := alicesCase()
		c.Facts = facts(model.RightView)
		c.Request.Target.Title = "рrod\u202e-" + strings.Repeat("long name ", 20)
		screen := blank.ReplaceAllString(drawn(casepane.Content(c, options()), width), "")
		for _, l := range c.Statement(c.Request.Allowed).Lines() {
			want := blank.ReplaceAllString(safetext.Line(l.Value).String(), "")
			if !strings.Contains(screen, want) {
				t.Errorf("at %d columns %s is not on the screen: %q", width, l.Label, want)
			}
		}
	}
}

func TestWhatWasReadStaysReadWhileTimePasses(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.Facts = facts(model.RightView)
	later := options()
	later.Now = noon.Add(11 * time.Minute)
	now, then := casepane.Content(c, options()), casepane.Content(c, later)
	if !strings.Contains(drawn(now, 60), "as of just now") || !strings.Contains(drawn(then, 60), "as of 11m ago") {
		t.Errorf("the pane does not say how old the facts are:\n%s\n%s", drawn(now, 60), drawn(then, 60))
	}
	if casepane.Evidence(c, options()) != casepane.Evidence(c, later) {
		t.Errorf("the evidence differs:\n%s\n%s", casepane.Evidence(c, options()), casepane.Evidence(c, later))
	}
	for name, change := range map[string]func(){
		"the right that she has": func() { c.Facts = facts(model.RightShare) },
		"a warning":              func() { c.Warnings = []string{"look"} },
		"a comment":              func() { c.Timeline = c.Timeline[:3] },
	} {
		before := casepane.Evidence(c, options())
		change()
		if casepane.Evidence(c, options()) == before {
			t.Errorf("%s changes nothing in the evidence", name)
		}
	}
}

func TestWarningsComeOnceAndNameWhatDeceives(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.Request.Target.Title = "рrod-db-01" // the first letter is Cyrillic
	c.Request.NeedsInfo, c.Request.Policy.AnswerIn = true, model.For(14*24*time.Hour)
	c.Warnings = []string{"permanent", "permanent"}
	o := options()
	o.Alike = []string{"prod-db-01"}
	o.Changed = casepane.Changes(alicesCase(), c, options())
	var got []string
	for _, w := range casepane.Content(c, o).Warnings {
		got = append(got, w.String())
	}
	want := []string{
		"changed since you last looked: Title: prod-db-01 → рrod-db-01",
		"the requestor was asked for more; the time for the decision stands still; without an answer it is due 5 Dec 12:12",
		"рrod-db-01 mixes letters of Cyrillic and Latin: v shows them one by one",
		"рrod-db-01 looks like prod-db-01, which is another one in this list",
		"permanent",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("warnings =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*workflow.CaseView)
		want   string
	}{
		{"nothing", func(*workflow.CaseView) {}, ""},
		{"only the timeline", func(c *workflow.CaseView) { c.Timeline = nil }, ""},
		{"a value", func(c *workflow.CaseView) { c.Request.Justification = "no reason"; c.Request.Revision = 2 },
			"Why: INC0012345: restore the ledger before the night batch; DBA on call is out → no reason"},
		{"a new line", func(c *workflow.CaseView) { c.Request.RefersTo = "REQ0010001" }, "Refers to is new: REQ0010001"},
		{"a line less", func(c *workflow.CaseView) { c.Request.Target.Type = "" }, "Type is gone, it was databaseCredentials"},
		{"only the revision", func(c *workflow.CaseView) { c.Request.Revision = 7 }, "it is revision 7 now"},
		{"decided", func(c *workflow.CaseView) {
			c.Request.State = model.ClosedRejected
			c.Approvals[0].Votes = []model.Vote{{Voter: "p3", Verdict: model.Deny, At: noon}}
		}, "omar denied it at 12:00"},
		{"withdrawn after a vote", func(c *workflow.CaseView) {
			c.Request.State = model.ClosedCancelled
			c.Approvals[0].Votes = []model.Vote{{Voter: "p3", Verdict: model.Approve, At: noon}}
		}, "it is " + model.ClosedCancelled.Words() + " now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			after := alicesCase()
			tt.change(&after)
			var got []string
			for _, l := range casepane.Changes(alicesCase(), after, options()) {
				got = append(got, l.String())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("Changes = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatTheVaultDoesNotSaySaysWhy(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.FactsErr = &workflow.VaultError{Kind: workflow.VaultNoWorker, Text: "nothing here talks to the vault", Err: errors.New("x")}
	if got := drawn(casepane.Content(c, options()), 80); !strings.Contains(got, "not known: nothing here talks to the vault") {
		t.Errorf("the reason is missing:\n%s", got)
	}
	gone := alicesCase()
	gone.Facts = &model.RecordFacts{UID: recordUID, Gone: true, Read: noon}
	got := drawn(casepane.Content(gone, options()), 80)
	for _, want := range []string{"does not exist in the vault any more  as of just now", "nothing can be done: the record is gone"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing:\n%s", want, got)
		}
	}
}
