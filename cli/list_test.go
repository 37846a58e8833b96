package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

func TestFilterIsReadAsInTheConsole(t *testing.T) {
	t.Parallel()
	all := (&app{}).listings()
	approver := model.Actor{Person: model.Person{Active: true, Roles: []model.Role{model.RoleApprover}}}
	for _, tt := range []struct {
		name  string
		args  string
		view  string
		words []string
		terms []workflow.Term
		wrong string
	}{
		{"nothing", "", "waiting", nil, nil, ""},
		{"a view", "decided", "decided", nil, nil, ""},
		{"words", "all prod db", "all", []string{"prod", "db"}, nil, ""},
		{"words without a view", "prod", "waiting", []string{"prod"}, nil, ""},
		{"terms", "all requestor:alice age:>2d", "all", nil, []workflow.Term{{Key: "requestor", Value: "alice"}, {Key: "age", Op: ">", Value: "2d"}}, ""},
		{"a link is a word", "all https://example.com/x", "all", []string{"https://example.com/x"}, nil, ""},
		{"a slip", "all requestr:alice", "all", nil, nil, "did you mean requestor:"},
		{"a key of another list", "tasks age:>2d", "tasks", nil, nil, "there are requestor, item"},
		{"a list without filters", "access prod", "access", nil, nil, "takes no filter"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			view, words := chooseView(all, usualView(approver), strings.Fields(tt.args))
			if view.name != tt.view {
				t.Fatalf("view %s, want %s", view.name, tt.view)
			}
			q, err := queryOf(view, words, listFlags{limit: 10})
			var use *usageError
			if tt.wrong != "" {
				if !errors.As(err, &use) || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want %q", err, tt.wrong)
				}
				return
			}
			if err != nil || !slices.Equal(q.Words, tt.words) || !slices.Equal(q.Terms, tt.terms) {
				t.Errorf("words %q, terms %v, %v", q.Words, q.Terms, err)
			}
		})
	}
	if view, _ := chooseView(all, usualView(model.Actor{}), nil); view.name != "mine" {
		t.Errorf("somebody without a role sees %s", view.name)
	}
}
