package tasks

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// granted is a company with a ledger: access that stands, ends soon, drifted, is
// waited for and is over.
func granted() *queue {
	q := withFolders(func(*workflow.CaseView) {})
	allowed := []model.Permission{{Action: model.ActRevoke}}
	owner := []model.Permission{{Action: model.ActRevoke, Err: &model.Denied{Code: model.DenyState, Reason: "ownership was transferred for good; the new owner can transfer it in the vault"}}}
	record := model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"}
	grant := func(id int64, email string, right model.Right, until time.Duration, change func(*workflow.GrantRow)) {
		g := model.Grant{ID: id, Number: model.MakeNumber(model.PrefixRequest, 10030+id), Person: "alice", Email: email, Target: record, Right: right,
			Since: noon.Add(-time.Hour), State: model.GrantActive, Revision: 1, Checked: noon.Add(-10 * time.Minute)}
		if until != 0 {
			g.Until = noon.Add(until)
		}
		r := workflow.GrantRow{Grant: g, Perms: allowed, Checked: g.Checked}
		if change != nil {
			change(&r)
		}
		q.grants = append(q.grants, r)
	}
	grant(1, "alice@example.com", model.RightEdit, 18*time.Minute, func(r *workflow.GrantRow) {
		r.Ending, r.Grant.Standing = true, model.Share{Right: model.RightView}
	})
	grant(2, "bob@example.com", model.RightView, 3*time.Hour, func(r *workflow.GrantRow) {
		r.Drift = "bob@example.com has edit, permanent"
	})
	grant(3, "erin@example.com", model.RightView, 20*time.Hour, func(r *workflow.GrantRow) {
		r.Grant.Link, r.Grant.Opened = "x7Kq0", noon.Add(-5*time.Minute)
	})
	grant(4, string(payrollUID), model.RightManageRecords, 0, func(r *workflow.GrantRow) {
		r.Grant.Team, r.Grant.Target = "Auditors", model.Target{Kind: model.TargetFolder, UID: financeFolder, Title: "Finance"}
	})
	grant(5, "heidi@contractor.example.net", model.RightView, 0, func(r *workflow.GrantRow) {
		r.Grant.State, r.Grant.Since = model.GrantPending, time.Time{}
	})
	grant(6, "grace@example.com", model.RightOwner, 0, func(r *workflow.GrantRow) { r.Perms = owner })
	return q
}

func (q *queue) Ledger(_ context.Context, _ model.PersonID, query workflow.Query) (workflow.Page[workflow.GrantRow], error) {
	q.ask("ledger %s %s %v", query.Sort, strings.Join(query.Words, "+"), query.Terms)
	return workflow.Page[workflow.GrantRow]{Rows: q.grants}, q.ledgerErr
}

func (q *queue) Revoke(_ context.Context, _ model.PersonID, grant int64, reason string) error {
	q.ask("revoke %d %q", grant, reason)
	return q.revokeErr
}

func (q *queue) WhoHas(_ context.Context, _ model.PersonID, on model.Target) (model.RecordFacts, error) {
	q.ask("who has %s%s", on.UID, on.Described)
	f, ok := q.facts[on.UID]
	if !ok {
		return f, workflow.Invalid{"on": fmt.Sprintf("nothing lies at %q, as far as the service account sees: search for it", on.Described)}
	}
	f.Read = q.now()
	return f, nil
}

func (q *queue) Take(_ context.Context, me model.PersonID, on model.Target, who []string, reason string) (model.Number, error) {
	q.ask("take %s %s %q", on.UID, strings.Join(who, "+"), reason)
	if q.takeErr != nil {
		return "", q.takeErr
	}
	f := q.facts[on.UID]
	q.add("SCTASK0010090", "REQ0010090", func(c *workflow.CaseView) {
		about(model.ItemRevoke, model.Target{Kind: on.Kind, UID: on.UID, Title: f.Title, Type: f.Type}, model.Access{},
			model.Answer{Field: "who", Value: strings.Join(who, "\n")})(c)
		c.Request.RequestedBy, c.Request.RequestedFor, c.Recipient, c.Request.Justification = me, person(string(me)).Email, me, reason
		heldBy(me)(c)
	})
	q.cases["SCTASK0010090"].Approvals = nil
	return "SCTASK0010090", nil
}

// atLedger is an admin at the ledger.
func atLedger(t *testing.T, q *queue, w, h int, keys ...string) *desk {
	d := sitAs(t, "root", q, w, h)
	d.run(d.tab.SetView(grantsView))
	d.press(keys...)
	return d
}

func TestTheLedgerSaysWhoHasWhatByWhichRequest(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := atLedger(t, granted(), 120, 32)
		d.shows("alice", "edit    prod-db-01", "REQ0010031", "ending soon", "▲ drift", "team Audit", "Finance (", "invited",
			"6 granted here · 1 with drift · 1 ending soon · 1 invited", "Then      view, permanent", "▲ it ends soon")
		d.press("j")
		d.shows("the vault shows something else: bob@example.com", "has edit, permanent. Somebody changed it there")
	})
}

func TestTheFilterOfTheLedgerGoesToTheQueue(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		d := atLedger(t, q, 120, 32, "/")
		d.paste("person:bob ends:<7d prod")
		d.press("enter")
		if q.count("ledger end prod [{person  bob} {ends < 7d}]") == 0 {
			t.Errorf("asked %q", q.asked)
		}
	})
}

func TestRevokingNeedsAReasonAndHappensOnce(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		d := atLedger(t, q, 120, 32, "x")
		d.shows("Revoke by REQ0010031", "alice has edit on prod-db-01 until 10:48.", "again view, permanent")
		d.paste("he left the team")
		d.press("tab", "right", "enter")
		if got := q.count(`revoke 1 "he left the team"`); got != 1 {
			t.Fatalf("asked %q\n%s", q.asked, d.screen())
		}
		if want := "alice loses prod-db-01: queued for the vault"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
	})
}

func TestWhatCannotBeRevokedSaysWhy(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := atLedger(t, granted(), 120, 32, "G", "x")
		if want := "ownership was transferred for good; the new owner can transfer it in the vault"; d.said() != want || !d.tab.stack.Empty() {
			t.Errorf("x says %q, want %q", d.said(), want)
		}
	})
}

func TestTheRequestOfAGrantIsOpenedToRead(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		q.grants[0].Grant.Number = "REQ0010042"
		d := atLedger(t, q, 120, 32, "enter")
		d.shows("REQ0010042  Request access to record")
		d.press("f")
		if want := "REQ0010042 is only shown here: there is nothing left to do"; d.said() != want {
			t.Errorf("f says %q, want %q", d.said(), want)
		}
		d.press("esc")
		d.shows("team Audit")
	})
}

func TestTakingAccessLeadsToAPlanForEachPerson(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		d := atLedger(t, q, 120, 32, "n")
		d.shows("Take access that was not granted here")
		d.paste("prod")
		d.press("enter", "tab", "right", "enter")
		if q.count("who has "+string(prodUID)) != 1 {
			t.Fatalf("asked %q\n%s", q.asked, d.screen())
		}
		d.shows("Take prod-db-01 from", "carol@example.com", "edit and share, permanent", "frank@example.com", "vault-admin@example.com, keeps it")
		d.press("down", "space", "down", "space", "tab")
		d.paste("both left the company")
		d.press("tab", "right", "enter")
		if q.count(`take `+string(prodUID)+` carol@example.com+frank@example.com "both left the company"`) != 1 {
			t.Fatalf("asked %q\n%s", q.asked, d.screen())
		}
		d.shows("f takes the access back", "carol@example.com: edit and share, permanent →", "frank@example.com: edit until 12:00 → nothing",
			"1  remove the share of carol@example.com", "without a vote: taking access away")
		d.press("f")
		d.shows("2 people lose what they have on prod-db-01.")
		d.confirm()
		if q.count("fulfil SCTASK0010090") != 1 {
			t.Errorf("asked %q", q.asked)
		}
	})
}

func TestAPathIsLookedUpWhereNothingIsChosen(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		d := atLedger(t, q, 120, 32, "n")
		d.paste("Infra/Databases/none")
		d.press("tab", "right", "enter")
		if q.count("who has Infra/Databases/none") != 1 {
			t.Fatalf("asked %q\n%s", q.asked, d.screen())
		}
		d.shows("Take access that was not granted here", "Infra/Databases/none")
		if want := `nothing lies at "Infra/Databases/none", as far as the service account sees: search for it`; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
	})
}

func TestOnlyAdminsTake(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, granted(), 120, 32)
		d.run(d.tab.SetView(grantsView))
		d.press("n")
		if want := "only admins take access that was not granted here"; d.said() != want || !d.tab.stack.Empty() {
			t.Errorf("n says %q, want %q", d.said(), want)
		}
	})
}

func TestHalfATakingAndReasonsToRevokeAreNamedOnLeaving(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := atLedger(t, granted(), 120, 32, "n")
		left := func(want string) {
			t.Helper()
			if got := d.tab.Unsaved(); got != want {
				t.Errorf("unsaved = %q, want %q", got, want)
			}
		}
		d.paste("prod")
		d.press("enter", "tab", "right", "enter")
		left("")
		d.press("space")
		left("a taking of access that was not planned")
		d.press("esc", "esc")
		left("")
		d.press("x")
		left("")
		d.paste("left the company")
		left("a reason to revoke that was not sent")
		d.press("esc")
		left("a reason to revoke that was not sent")
		d.press("j", "x")
		d.paste("so did he")
		left("2 reasons to revoke that were not sent")
		d.press("esc", "x")
		d.press("ctrl+u")
		left("a reason to revoke that was not sent")
	})
}

func TestWhyNothingIsTakenStandsBesideTheField(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := granted()
		q.takeErr = workflow.Invalid{"who": "carol@example.com is the service account: without it this program could do nothing more here"}
		d := atLedger(t, q, 80, 20, "n")
		d.paste("prod")
		d.press("enter", "tab", "right", "enter", "space", "tab")
		d.paste("left the company")
		d.press("tab", "right", "enter")
		d.shows("▲ carol@example.com is the service account: without it this", "program could do nothing more here", "left the company")
	})
}
