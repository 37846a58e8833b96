package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// wanted is a search as a request.
func wanted(words string) workflow.Draft {
	return workflow.Draft{Item: model.ItemSearchRecord, Answers: []model.Answer{{Field: model.FieldWords, Value: words}},
		Justification: "INC0012345: I do not know how it is called"}
}

func byRequest() model.Portal {
	return model.Portal{Search: model.SearchByRequest, Visible: model.TitlesNone}
}

// invalid returns what an Invalid says of a field.
func invalid(err error, field string) string {
	wrong, _ := err.(workflow.Invalid)
	return wrong[field]
}

func TestWhoSearchesIsPolicy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode          model.SearchMode
		search, order map[model.PersonID]string // what is said, "" where it works
	}{
		{"", map[model.PersonID]string{"alice": "", "heidi": ""}, map[model.PersonID]string{"alice": "at once", "heidi": "at once"}},
		{model.SearchLive, map[model.PersonID]string{"alice": "", "priya": ""}, map[model.PersonID]string{"alice": "at once"}},
		{model.SearchByRequest, map[model.PersonID]string{"alice": "order a search", "sam": "order a search", "heidi": "", "priya": ""},
			map[model.PersonID]string{"alice": "", "heidi": "at once"}},
		{model.SearchOff, map[model.PersonID]string{"alice": "not searched here", "heidi": ""},
			map[model.PersonID]string{"alice": "not searched here", "priya": "at once"}},
	} {
		t.Run(string(tt.mode), func(t *testing.T) {
			t.Parallel()
			v := newSightWorld(t, model.Portal{Search: tt.mode})
			says := func(err error, want string) bool { return (err == nil) == (want == "") && contains(errText(err), want) }
			for who, want := range tt.search {
				v.active(func() {
					got, err := v.svc.Search(v.ctx, who, "replica", model.TargetRecord)
					if !says(err, want) || err == nil && got.Total != 1 {
						t.Errorf("%s searches: %+v, %v, want %q", who, got, err, want)
					}
				})
			}
			for who, want := range tt.order {
				if _, err := v.svc.Submit(v.ctx, who, wanted("the replica")); !says(err, want) {
					t.Errorf("%s orders a search: %v, want %q", who, err, want)
				}
			}
		})
	}
}

// TestSearchIsAnsweredByWhoHasTheTask follows a search from its order to the answer,
// and looks who is told what.
func TestSearchIsAnsweredByWhoHasTheTask(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, byRequest())
	r := v.submit("alice", wanted("where payments are copied to"))
	v.approve("omar", r.Number)
	task := v.task(r.Number)
	answer := func(who model.PersonID, note string, hits ...model.UID) (err error) {
		v.active(func() { err = v.svc.Answer(v.ctx, who, task, hits, note) })
		return err
	}
	if err := answer("heidi", "", replica); denied(err) != model.DenyTaken {
		t.Errorf("answered without the task: %v", err)
	}
	if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	for who, code := range map[model.PersonID]model.DenyCode{"alice": model.DenyRole, "omar": model.DenyRole, "priya": model.DenyTaken} {
		if err := answer(who, "", replica); denied(err) != code {
			t.Errorf("answered by %s: %v", who, err)
		}
	}
	for name, err := range map[string]error{
		"a UID of nothing":            answer("heidi", "", replica, nothing),
		"what is no UID":              answer("heidi", "", "replica"),
		"a folder for a record":       answer("heidi", "", databases),
		"more than anybody wants":     answer("heidi", "", slices.Repeat([]model.UID{replica}, 21)...),
		"nothing, and no word of why": answer("heidi", ""),
	} {
		if _, ok := err.(workflow.Invalid); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found := v.view("alice", r.Number).Found; found != nil {
		t.Errorf("found before the answer: %+v", found)
	}

	if err := answer("heidi", "it is the first one", replica, prodDB, replica); err != nil {
		t.Fatal(err)
	}
	c := v.view("alice", r.Number)
	if c.Request.State != model.ClosedComplete || c.Request.Outcome != "it is the first one" || len(c.Found) != 2 ||
		c.Found[0].UID != replica || c.Found[0].Title != "replica" || c.Found[0].Type != "databaseCredentials" || c.Found[1].UID != prodDB {
		t.Errorf("alice is told %q: %+v", c.Request.Outcome, c.Found)
	}
	for who, sees := range map[model.PersonID]int{"heidi": 2, "priya": 2, "omar": 0, "sam": 0} {
		if got := len(v.view(who, r.Number).Found); got != sees {
			t.Errorf("%s sees %d", who, got)
		}
	}
	if err := answer("heidi", "again", replica); conflict(err) == nil {
		t.Errorf("answered twice: %v", err)
	}

	// What she was sent she may ask about and for; the rest stays hidden.
	if facts, err := v.asks("alice", replica); err != nil || facts.Title != "replica" || facts.Only != "alice@example.com" {
		t.Errorf("alice asks whether she has it: %+v, %v", facts, err)
	}
	for who, uid := range map[model.PersonID]model.UID{"alice": payroll, "bob": replica} {
		if facts, err := v.asks(who, uid); denied(err) != model.DenyRole {
			t.Errorf("%s asks for %s: %+v, %v", who, uid, facts, err)
		}
	}
	v.noTitles(r.Number)
}

// noTitles holds that neither the history of a search nor its audit names a title.
func (v *vaultWorld) noTitles(n model.Number) {
	v.t.Helper()
	var told []string
	for _, e := range v.view("alice", n).Timeline {
		told = append(told, e.Text)
	}
	page, err := v.svc.Audit(v.ctx, "priya", workflow.Query{})
	if err != nil {
		v.t.Fatal(err)
	}
	answered := false
	for _, row := range page.Rows {
		told = append(told, row.Action, row.Detail)
		for _, text := range row.Texts {
			told = append(told, text.Text)
		}
		answered = answered || row.Action == "task.answer" && contains(row.Detail, string(replica))
	}
	if !answered {
		v.t.Error("the audit does not tell of the answer")
	}
	if all := strings.Join(told, "\n"); !contains(all, "answered with 2 records") || contains(strings.ReplaceAll(all, string(replica), ""), "replica") || contains(all, "prod-db") {
		v.t.Errorf("history and audit tell:\n%s", all)
	}
}

func TestSearchThatFindsNothingIsAnsweredInWords(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, byRequest())
	r, task := v.approved("alice", wanted("the keys of the old office"))
	if c := v.view("heidi", r.Number); c.Can(model.ActFulfil) == nil || c.Can(model.ActPick) == nil || c.Can(model.ActAnswer) != nil {
		t.Errorf("heidi may fulfil: %v, pick: %v, answer: %v", c.Can(model.ActFulfil), c.Can(model.ActPick), c.Can(model.ActAnswer))
	}
	v.active(func() {
		if err := v.svc.Answer(v.ctx, "heidi", task, nil, "there is no record of that office"); err != nil {
			t.Fatal(err)
		}
	})
	c := v.view("alice", r.Number)
	if c.Request.State != model.ClosedComplete || len(c.Found) != 0 || !contains(c.Request.Outcome, "no record of that office") {
		t.Errorf("%s: %q, %+v", c.Request.State, c.Request.Outcome, c.Found)
	}
}

func TestOnlySearchesAreAnswered(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{})
	_, task := v.approved("alice", draft())
	v.active(func() {
		if err := v.svc.Answer(v.ctx, "heidi", task, []model.UID{replica}, ""); denied(err) != model.DenyState {
			t.Errorf("access is answered: %v", err)
		}
	})
	if err := v.db.Read(v.ctx, func(tx *store.Tx) error {
		got, err := tx.FoundFor("alice", replica)
		if got {
			t.Error("the answer was kept")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestSearchOfTooManyWordsIsRefused(t *testing.T) {
	t.Parallel()
	v := newSightWorld(t, model.Portal{})
	v.active(func() {
		if _, err := v.svc.Search(v.ctx, "alice", strings.Repeat("x", 1001), model.TargetNone); invalid(err, model.FieldWords) == "" {
			t.Errorf("got %v", err)
		}
	})
}
