// Package people is the page of people: who there is, the groups and what they
// decide, who acts for whom, and what the person was told. Admins change all of it,
// support may look, everybody sees themselves (DESIGN 3).
//
// Rules it keeps:
//
//   - Everything is read at once and filtered and sorted here: a company has
//     thousands of people, not millions.
//   - What somebody may do to a person comes with the person; a key that is not
//     allowed says why.
//   - Disabling says first what it takes, and needs the button that does it.
//   - A form that is left half-written is kept until the page goes.
package people

import (
	"context"

	"countersign/model"
	"countersign/workflow"
)

// Service is what the page asks of the workflow.
type Service interface {
	People(ctx context.Context, actor model.PersonID) ([]workflow.PersonView, error)
	Person(ctx context.Context, actor model.PersonID, login string) (workflow.PersonView, error)
	Groups(ctx context.Context, actor model.PersonID) ([]workflow.GroupView, error)
	SavePerson(ctx context.Context, actor model.PersonID, d workflow.PersonDraft) ([]string, error)
	Disable(ctx context.Context, actor model.PersonID, login, reason string) ([]string, error)
	Enable(ctx context.Context, actor model.PersonID, login, reason string) ([]string, error)
	Delegate(ctx context.Context, actor model.PersonID, d workflow.DelegationDraft) (workflow.DelegationView, error)
	Delegations(ctx context.Context, actor model.PersonID) ([]workflow.DelegationView, error)
	Delegates(ctx context.Context, actor model.PersonID) ([]string, error)
	EndDelegation(ctx context.Context, actor model.PersonID, id int64) error
	Notices(ctx context.Context, actor model.PersonID) ([]model.Notice, error)
	SeeNotices(ctx context.Context, actor model.PersonID, upTo int64) error
	Case(ctx context.Context, actor model.PersonID, n model.Number) (workflow.CaseView, error)
}
