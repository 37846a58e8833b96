package plain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// clock is when a line was written: logs tell seconds.
const clock = "2006-01-02 15:04:05"

func fact(label, value string) widget.Fact {
	return widget.Fact{Label: label, Value: []widget.Line{foreign(value)}}
}

func readLog(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
	found, next, err := searched(q, func(q workflow.Query) (workflow.LogPage, error) { return s.svc.Log(ctx, s.me.ID, q) })
	var rows []row
	for _, l := range found {
		at := l.At.In(s.opt.Zone).Format(clock)
		facts := []widget.Fact{fact("When", at), fact("Level", l.Level), fact("Component", l.Component)}
		for _, f := range l.Fields {
			facts = append(facts, fact(f.Key, f.Value))
		}
		facts = append(facts, fact("Correlation", string(l.Correlation)))
		rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(l.Message), Sections: []widget.Section{{Facts: facts}}}},
			[]widget.Line{words(at), words(l.Level), foreign(l.Component), foreign(l.Message)}})
	}
	return rows, next, err
}

// searched asks until a search through many lines has filled the page, or has come
// to the end of the log. One that takes too long returns what it has found, and from
// where it goes on.
func searched(q workflow.Query, ask func(workflow.Query) (workflow.LogPage, error)) ([]workflow.LogRow, workflow.Cursor, error) {
	var found []workflow.LogRow
	for begun := false; ; begun = true {
		page, err := ask(q)
		if begun && errors.Is(err, context.DeadlineExceeded) {
			return found, q.After, nil
		}
		found = append(found, page.Rows...)
		q.After, q.Limit = page.Next, q.Limit-len(page.Rows)
		if err != nil || page.Reached.IsZero() || q.Limit <= 0 {
			return found, q.After, err
		}
	}
}

func readAudit(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
	page, err := s.svc.Audit(ctx, s.me.ID, q)
	var rows []row
	for _, e := range page.Rows {
		at, who := e.At.In(s.opt.Zone).Format(clock), e.Who
		if who == "" {
			who = "the program"
		}
		facts := []widget.Fact{fact("When", at), fact("Who", who), fact("Object", strings.TrimSpace(e.Whom+" "+e.Object)), fact("Detail", e.Detail)}
		for _, t := range e.Texts {
			facts = append(facts, fact(t.Name, t.Text))
		}
		if e.Erased {
			facts = append(facts, widget.Fact{Label: "Texts", Value: []widget.Line{widget.Words(theme.Text, "erased")}})
		}
		facts = append(facts, fact("Correlation", string(e.Correlation)), fact("Hash", e.Hash))
		rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(strconv.FormatInt(e.Seq, 10) + " " + e.Action), Sections: []widget.Section{{Facts: facts}}}},
			[]widget.Line{words(at), foreign(who), foreign(e.Action), foreign(cmp.Or(e.Whom, e.Object)), foreign(e.Detail)}})
	}
	return rows, page.Next, err
}

func readTraffic(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
	page, err := s.svc.Traffic(ctx, s.me.ID, q)
	var rows []row
	for _, t := range page.Rows {
		at := t.At.In(s.opt.Zone).Format(clock)
		took := fmt.Sprintf("waited %d ms, took %d ms", t.Wait.Milliseconds(), t.Run.Milliseconds())
		facts := []widget.Fact{fact("When", at), fact("Outcome", t.Outcome), fact("Time", took), fact("Status", strconv.Itoa(t.Status)),
			fact("Service's id", t.ServiceID), fact("Error", t.Error), fact("Correlation", string(t.Correlation))}
		rows = append(rows, row{subject{kind: entry, entry: widget.DetailContent{Title: foreign(t.Command), Sections: []widget.Section{{Facts: facts}}}},
			[]widget.Line{words(at), words(t.Outcome), words(took), foreign(t.Command), foreign(t.Error)}})
	}
	return rows, page.Next, err
}

// verify checks the audit chain.
func (s *session) verify(string) error {
	state, err := s.svc.VerifyAudit(s.ctx, s.me.ID)
	if err != nil {
		return err
	}
	s.out.say("%s", chainWords(state))
	return nil
}

// chainWords says how the chain stands, and what of it could be missing unseen.
func chainWords(c workflow.ChainState) string {
	if !c.Intact {
		if c.BadSeq == 0 { // the fault is not in one entry
			return "The audit chain is broken: " + c.Problem
		}
		return fmt.Sprintf("The audit chain is broken at entry %d: %s", c.BadSeq, c.Problem)
	}
	said := fmt.Sprintf("The audit chain is whole: %d entries, head %s.", c.Entries, c.Head)
	if c.Signed > 0 {
		said += fmt.Sprintf(" Entry %d is signed by %s.", c.Signed, c.Key)
	}
	switch {
	case c.Entries > 0 && c.Signed == 0:
		said += " Nothing is signed: entries at the end could have been cut off unseen."
	case c.Signed < c.Entries:
		said += fmt.Sprintf(" Entries after %d are not signed yet: some could have been cut off unseen.", c.Signed)
	}
	for _, dir := range c.Unfinished {
		said += " A restore has not come to its end, and may have taken checkpoints to " + dir + "."
	}
	return said
}
