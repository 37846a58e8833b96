package portal

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

func TestRotationIsOfferedForAPAMUserWithAnEnd(t *testing.T) {
	t.Parallel()
	d := open(t, empty())
	d.find("prod-db")
	d.press("enter")
	d.hides("More…", "Rotate")
	d.press("backspace", "ctrl+u")
	d.find("pam")
	d.press("enter")
	d.shows("More…  rotate")
	d.press("tab", "tab", "tab", "tab", "enter", "tab", "right")
	f := d.tab.catalog.form
	if got := answersOf(f.draft()); !reflect.DeepEqual(got, map[string]string{model.FieldRotate: "yes"}) {
		t.Errorf("answers = %q", got)
	}
	d.press("shift+tab", "right", "right", "right", "right")
	if f.limit.chips.Value() != "permanent" {
		t.Fatalf("the limit is %q:\n%s", f.limit.chips.Value(), d.screen())
	}
	d.hides("Rotate")
	if got := f.draft().Answers; got != nil {
		t.Errorf("answers of what never ends = %q", got)
	}
}

func TestAWrongAnswerBehindTheFoldIsShown(t *testing.T) {
	t.Parallel()
	o := empty()
	o.checkErr = workflow.Invalid{model.FieldDefaults: "the vault cannot do that"}
	d := counter(t, o, model.ItemFolderAccess)
	d.fillFolder("Infrastructure")
	d.shows("More…  records")
	d.press("tab", "enter")
	d.shows("▲ the vault cannot do that")
}

func TestAFolderInsideASharedOneMeansTheWhole(t *testing.T) {
	t.Parallel()
	o := empty()
	d := counter(t, o, model.ItemFolderAccess)
	d.fillFolder("Databases")
	d.shows("a part of the shared folder Infrastructure: access is given to all of it")
	d.press("tab", "enter")
	d.shows("you would get all of that shared")
	d.press("tab", "enter")
	want := workflow.Draft{Item: model.ItemFolderAccess, Source: model.SourceConsole, Justification: reason,
		Target: model.Target{Kind: model.TargetFolder, UID: partUID, Title: "Databases of Infrastructure"},
		Asked:  model.Access{Right: model.RightManageRecords, Limit: usualLimit()}}
	if len(o.submitted) != 1 || !reflect.DeepEqual(o.submitted[0], want) {
		t.Errorf("submitted %+v\nwant %+v", o.submitted, want)
	}
}

func TestWhatTheVaultCannotShareIsRefusedInTheForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		item  model.ItemKey
		query string
		want  string
	}{
		{"a nested share folder", model.ItemFolderAccess, "nested", "▲ this is a nested share folder"},
		{"a one-time share of a PAM record", model.ItemOneTimeShare, "pam", "▲ Keeper makes no one-time links to records of type pamUser"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			d := counter(t, o, tt.item)
			d.find(tt.query)
			d.press("enter")
			d.shows(tt.want)
			for range 9 {
				d.press("tab")
			}
			d.tab.catalog.form.why.SetValue(reason)
			d.run(d.tab.catalog.form.check())
			d.shows(tt.want)
			if len(o.checked) > 0 {
				t.Error("it was checked by the queue")
			}
		})
	}
}

func TestALinkAlwaysEnds(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemOneTimeShare)
	d.hides("permanent")
	for _, tt := range []struct{ typed, want string }{
		{"3 min", "▲ at least 5 min"},
		{"190 d", "▲ a link lives at most 180 d"},
		{"2026-11-20 10:00", "▲ that end has passed"},
	} {
		f := d.tab.catalog.form
		f.limit.chips.Take(otherLimit)
		f.limit.typed.SetValue(tt.typed)
		f.fields.Validate()
		d.shows(tt.want)
	}
}

func TestOnlyAdminsAskForTeams(t *testing.T) {
	t.Parallel()
	const team = "teamAbCdEfGhIjKlMnOpQr"
	for _, tt := range []struct {
		name  string
		roles []model.Role
		right bool
	}{
		{"a requestor", []model.Role{model.RoleRequestor}, false},
		{"an admin", []model.Role{model.RoleRequestor, model.RoleAdmin}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, empty(), 120, 32)
			d.tab.core.env.Me.Roles = tt.roles
			d.order(model.ItemFolderAccess)
			f := d.tab.catalog.form
			f.recipient.SetValue(team)
			if got := f.wrongEmail(); (got == "") != tt.right {
				t.Errorf("problem = %q", got)
			}
		})
	}
}

func TestEveryStoreItemIsOrderedWithAReasonAlone(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		if !item.Creates() || item.Key == model.ItemNote { // a note without a text is none
			continue
		}
		t.Run(string(item.Key), func(t *testing.T) {
			t.Parallel()
			o := empty()
			d := counter(t, o, item.Key)
			d.tab.catalog.form.fields.FocusField(d.tab.catalog.form.why)
			d.send(pasted(reason))
			d.press("tab", "enter", "tab", "enter")
			if len(o.submitted) != 1 {
				t.Fatalf("not submitted:\n%s", d.screen())
			}
			if got := o.submitted[0]; got.Item != item.Key || got.Target != (model.Target{}) || got.Asked != (model.Access{}) || got.Secrets != nil {
				t.Errorf("submitted %+v", got)
			}
		})
	}
}

func TestANoteNeedsItsText(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemNote)
	d.press("tab", "tab")
	d.shows("▲ needed")
}

func TestSearchingFollowsTheMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		mode         model.SearchMode
		roles        []model.Role
		search, form bool
	}{
		{"live", model.SearchLive, nil, true, false},
		{"by request", model.SearchByRequest, nil, false, true},
		{"off", model.SearchOff, nil, false, false},
		{"off, for an admin", model.SearchOff, []model.Role{model.RoleAdmin}, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			o.mode = tt.mode
			d := sit(t, o, 120, 32)
			d.tab.core.env.Me.Roles = append(d.tab.core.env.Me.Roles, tt.roles...)
			d.order(model.ItemSearchFolder)
			if g := d.tab.catalog; (g.search != nil) != tt.search || (g.form != nil) != tt.form {
				t.Errorf("search %v, form %v", g.search != nil, g.form != nil)
			}
			if !tt.search && !tt.form && !strings.Contains(d.lastNotice(), "switched off") {
				t.Errorf("notice = %q", d.lastNotice())
			}
		})
	}
}

func TestFromAResultStraightToTheRequest(t *testing.T) {
	t.Parallel()
	o := empty()
	d := counter(t, o, model.ItemSearchFolder)
	d.text("infra")
	d.shows("3 found · list 7m old · enter asks for access to it")
	d.press("enter")
	if f := d.tab.catalog.form; f == nil || f.item.Key != model.ItemFolderAccess || f.draft().Target.UID != infraUID {
		t.Fatalf("the form is not that of the folder:\n%s", d.screen())
	}
	if slices.ContainsFunc(o.asked, func(call string) bool { return strings.HasPrefix(call, "submit") }) {
		t.Error("a search made a request")
	}
}

func TestWhatWasFoundIsAskedFor(t *testing.T) {
	t.Parallel()
	d := sit(t, withFound(), 120, 32)
	d.view(viewRequests)
	d.shows("This was found for you", "prod-db-01", "prod-db-02")
	d.press("e", "tab", "tab", "enter")
	if f := d.tab.catalog.form; f == nil || f.draft().Target.UID != stageUID {
		t.Fatalf("the form is not that of the second:\n%s", d.screen())
	}
}

func TestARequestIsOrderedAgain(t *testing.T) {
	t.Parallel()
	o := empty()
	o.add("REQ0010052", func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemLogin)
		r := &c.Request
		r.Item, r.Asked, r.Allowed, r.State = c.Item.Key, model.Access{}, model.Access{}, model.ClosedRejected
		r.Target = model.Target{Kind: model.TargetFolder, UID: infraUID, Title: "Infrastructure"}
		r.Answers = []model.Answer{{Field: "title", Value: "shop"}, {Field: "login", Value: "deploy"}, {Field: "totp", Value: "generate code"},
			{Field: model.FieldShareIt, Value: "edit"}, {Field: model.FieldDestroys, Value: "12 h"}}
		r.Sealed = []model.SealedAnswer{{Field: "password", Commitment: "c0ffee"}}
	})
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("e")
	if !strings.Contains(d.lastNotice(), "what was sealed has to be given again") {
		t.Errorf("notice = %q", d.lastNotice())
	}
	got := d.tab.catalog.form.draft()
	want := o.cases["REQ0010052"].Request
	if got.Target != want.Target || got.Justification != want.Justification || got.RefersTo != "" {
		t.Errorf("draft = %+v", got)
	}
	given := map[string]string{} // not a generated password: one was typed
	for _, a := range want.Answers {
		given[a.Field] = a.Value
	}
	if !reflect.DeepEqual(answersOf(got), given) {
		t.Errorf("answers = %q, want %q", answersOf(got), given)
	}
	d.run(d.tab.catalog.form.check())
	d.shows("give it, or let the vault generate it")
}

func TestAPasswordThatWasNotWantedIsNotGeneratedWhenOrderedAgain(t *testing.T) {
	t.Parallel()
	o := empty()
	o.add("REQ0010052", func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemLogin)
		r := &c.Request
		r.Item, r.Asked, r.Allowed, r.State = c.Item.Key, model.Access{}, model.Access{}, model.ClosedRejected
		r.Target = model.Target{Kind: model.TargetFolder, UID: infraUID, Title: "Infrastructure"}
		r.Answers = []model.Answer{{Field: "login", Value: "deploy"}}
	})
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("e")
	if got := answersOf(d.tab.catalog.form.draft()); got["password"] != "" {
		t.Errorf("answers = %q", got)
	}
	d.press("esc")
	next := sit(t, o, 120, 32)
	next.run(next.tab.catalog.core.order(workflow.Draft{Item: model.ItemLogin, Without: []string{"password"}}, "as kept"))
	next.shows("the record gets none")
	if got := next.tab.catalog.form.draft(); answersOf(got)["password"] != "" || !slices.Contains(got.Without, "password") {
		t.Errorf("draft = %+v", got)
	}
}

func TestAFormThatWasBegunIsReplacedOnlyAfterAQuestion(t *testing.T) {
	t.Parallel()
	d := open(t, busy())
	d.fill()
	d.view(viewRequests)
	d.press("down", "down", "down")
	d.rest()
	d.press("e")
	d.shows("Replace what you had begun?")
	d.press("enter")
	if views, at := d.tab.Views(); views[at].Name != "My requests" {
		t.Errorf("the view is %q", views[at].Name)
	}
	d.press("e", "tab", "enter")
	d.shows("Payroll")
}

func TestAnAccessIsExtendedByARequestThatRefersToIt(t *testing.T) {
	t.Parallel()
	o := withKinds()
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	d.press("down", "down", "e")
	d.shows("Follows    REQ0010013")
	d.tab.catalog.form.fields.FocusField(d.tab.catalog.form.why)
	d.send(pasted(reason))
	d.press("tab", "enter", "tab", "enter")
	if len(o.submitted) != 1 || o.submitted[0].RefersTo != "REQ0010013" || o.submitted[0].Target.UID != stageUID {
		t.Errorf("submitted %+v", o.submitted)
	}
	o.extendErr = errors.New("this access has just ended")
	d.press("esc")
	d.view(viewAccess)
	d.press("e")
	if !strings.Contains(d.lastNotice(), "just ended") {
		t.Errorf("notice = %q", d.lastNotice())
	}
}

func TestADraftOutlastsTheSession(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.fill()
	d.press("esc")
	next := sit(t, o, 120, 32)
	next.press("enter")
	next.shows("✓ prod-db-01", "INC0012345")
	if !strings.Contains(next.lastNotice(), "as you left it before") {
		t.Errorf("notice = %q", next.lastNotice())
	}
	if got := next.tab.catalog.form.draft(); !reflect.DeepEqual(got, filled()) {
		t.Errorf("draft = %+v\nwant %+v", got, filled())
	}
	f := next.tab.catalog.form
	f.fields.FocusField(f.buttons)
	next.press("tab", "enter", "tab", "enter")
	if len(o.kept) > 0 {
		t.Errorf("after starting anew there is still %+v", o.kept)
	}
}

func TestADraftOfBeforeDoesNotOverwriteWhatIsBeingTyped(t *testing.T) {
	t.Parallel()
	o := empty()
	o.kept = map[model.ItemKey]workflow.Draft{model.ItemRecordAccess: filled()}
	d := sit(t, o, 120, 32)
	d.hold = true
	d.press("enter")
	d.hold = false
	load := d.held
	d.press("x")
	for _, cmd := range load {
		d.run(cmd)
	}
	d.hides("INC0012345")
}

func TestADraftThatWasNotKeptIsCalledUnsaved(t *testing.T) {
	t.Parallel()
	o := empty()
	o.saveErr = errors.New("disk full")
	d := open(t, o)
	d.fill()
	d.press("esc")
	if d.tab.Unsaved() == "" {
		t.Error("nothing is called unsaved")
	}
}

func TestChangesInTheVaultAreShown(t *testing.T) {
	t.Parallel()
	d := sit(t, withKinds(), 120, 32)
	d.view(viewAccess)
	d.shows("changed in vault", "1 changed in the vault")
	d.press("G", "enter")
	d.shows("changed in the vault: alice@example.com has view, permanent  as of 12m ago", "nothing is put right by itself")
}
