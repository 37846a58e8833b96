// Package portal is the tab where people order from the catalog, follow what
// they ordered, and give back what they no longer need.
//
// Rules it keeps (SCREENS, Portal; DESIGN 3 and 5):
//
//   - A form is made of the item's description in model.Catalog and of nothing
//     else. What is wrong is said beside its field as one leaves it; a right that
//     cannot be limited is refused there, never made permanent.
//   - What is typed into the picker goes to Search, which answers from the
//     worker's index, and nowhere else. Answers to what was typed before are
//     dropped. The vault is asked about one record when the cursor rests on it
//     or when it is chosen.
//   - A form that is left is kept for the session, whatever is left half-written
//     in it, and beyond it without its secrets. It goes when the request has been
//     stored.
//   - A secret is masked while it is typed and only held once its field is left.
//     It goes to the queue with what is submitted, which seals it; no draft keeps
//     it, and nothing draws it.
//   - A one-time link is in one dialog and nowhere else. It is shown once, to its
//     requestor, and the clipboard never gets it.
//   - What is submitted is the draft that was on the review page.
//   - Withdrawing and giving back say first what will happen, and need the button
//     that does it.
package portal

import (
	"context"

	"countersign/model"
	"countersign/workflow"
)

// Service is what the tab asks of the workflow.
type Service interface {
	Check(ctx context.Context, actor model.PersonID, d workflow.Draft) error
	Submit(ctx context.Context, actor model.PersonID, d workflow.Draft) (model.Request, error)
	Requests(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.RequestRow], error)
	Case(ctx context.Context, actor model.PersonID, n model.Number) (workflow.CaseView, error)
	Access(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.GrantRow], error)
	Withdraw(ctx context.Context, actor model.PersonID, n model.Number, reason string) error
	Comment(ctx context.Context, actor model.PersonID, n model.Number, kind model.EntryKind, text string) error
	Reply(ctx context.Context, actor model.PersonID, n model.Number, answer string) error
	Reveal(ctx context.Context, actor model.PersonID, n model.Number) (workflow.Revealed, error)
	Acknowledge(ctx context.Context, actor model.PersonID, n model.Number) error
	GiveBack(ctx context.Context, actor model.PersonID, grant int64, reason string) error
	Search(ctx context.Context, actor model.PersonID, text string, kind model.TargetKind) (workflow.SearchAnswer, error)
	Facts(ctx context.Context, actor model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error)
	SearchMode() model.SearchMode
	Extension(ctx context.Context, actor model.PersonID, grant int64) (workflow.Draft, error)
	SaveDraft(ctx context.Context, actor model.PersonID, d workflow.Draft) error
	LoadDraft(ctx context.Context, actor model.PersonID, item model.ItemKey) (workflow.Draft, bool, error)
	DropDraft(ctx context.Context, actor model.PersonID, item model.ItemKey) error
	RefreshIndex(ctx context.Context, actor model.PersonID) error
}

// PolicyOf returns who decides an item with that access and who carries it out, as the
// configuration has it now. The request keeps the policy of the moment in which
// it is submitted.
type PolicyOf func(item model.ItemKey, asked model.Access) model.Policy
