package approvals

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// maxBulk is how many requests are decided at once: more than that nobody reads.
const maxBulk = 100

// bulkWidth is the width of the page where the screen has it.
const bulkWidth = 110

// bulk is one decision on several requests, from the moment they are read.
type bulk struct {
	verdict model.Verdict
	numbers []model.Number
	alike   map[model.Number][]string // names in the list that look like theirs
	seq     int                       // of its readings; an older one is dropped
	last    int

	ready []workflow.CaseView // what is decided, as it was drawn
	apart []refused           // what is not

	words  *decide.Words
	form   *widget.Form
	dialog *widget.Dialog // nil until it is open
}

// refused is a marked request that is not decided, and why.
type refused struct {
	number model.Number
	reason widget.Line
	final  bool // trying again changes nothing
}

// The messages of a bulk.
type (
	bulkRead struct {
		bulk  *bulk
		seq   int
		cases []workflow.CaseView
		errs  []error // by number, nil where the case was read
	}
	bulkDecided struct {
		bulk    *bulk
		votes   []workflow.Decision
		results []workflow.Decided
	}
)

// openBulk reads the marked requests to decide them together.
func (t *Tab) openBulk(v model.Verdict) tea.Cmd {
	if t.bulk != nil {
		return nil // they are being read
	}
	b := &bulk{verdict: v, alike: map[model.Number][]string{}}
	for _, r := range t.list.Marked() {
		if r.Security != nil {
			b.apart = append(b.apart, refused{number: r.Number, final: true,
				reason: widget.Words(theme.Warn, "is decided on the EPM tab")})
			continue
		}
		b.numbers = append(b.numbers, r.Number)
		b.alike[r.Number] = r.Alike
	}
	if len(b.numbers) > maxBulk {
		return notice.Say(tab.NoticeWarn, widget.Words(theme.Warn, fmt.Sprintf("at most %d at once, %d are marked", maxBulk, len(b.numbers))))
	}
	t.bulk = b
	return t.readBulk(b)
}

func (t *Tab) readBulk(b *bulk) tea.Cmd {
	b.seq++
	seq, numbers, me := b.seq, b.numbers, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		msg := bulkRead{bulk: b, seq: seq, cases: make([]workflow.CaseView, len(numbers)), errs: make([]error, len(numbers))}
		for i, n := range numbers {
			msg.cases[i], msg.errs[i] = t.svc.Case(ctx, me, n)
		}
		return msg
	})
}

// bulkRead opens the page, or, when it is open, takes those out that changed.
func (t *Tab) bulkRead(msg bulkRead) tea.Cmd {
	b := t.bulk
	if b == nil || b != msg.bulk || msg.seq < b.last {
		return nil
	}
	b.last = msg.seq
	if b.dialog == nil {
		b.sort(msg)
		t.openBulkPage(b)
		return nil
	}
	if b.dropChanged(msg, t.pane.clock()) {
		b.dialog.SetEvidence(b.evidence(t))
		b.dialog.Raise()
	}
	return nil
}

// sort parts what can be decided from what cannot.
func (b *bulk) sort(msg bulkRead) {
	for i, n := range b.numbers {
		if err := msg.errs[i]; err != nil {
			b.apart = append(b.apart, refused{number: n, reason: notice.Cause(err)})
			continue
		}
		if err := decidable(msg.cases[i], b.verdict); err != nil {
			b.apart = append(b.apart, refused{number: n, reason: notice.Cause(err), final: true})
			continue
		}
		b.ready = append(b.ready, msg.cases[i])
	}
}

// dropChanged takes out what is not any more as it was drawn, and reports
// whether there was any.
func (b *bulk) dropChanged(msg bulkRead, o casepane.Options) bool {
	now := map[model.Number]workflow.CaseView{}
	for i, n := range b.numbers {
		if msg.errs[i] == nil {
			now[n] = msg.cases[i]
		}
	}
	var still []workflow.CaseView
	for _, c := range b.ready {
		n := c.Request.Number
		after, read := now[n]
		if !read {
			still = append(still, c)
			continue
		}
		allowed := c.Request.Allowed
		same := c.Request.Revision == after.Request.Revision && c.Statement(allowed).Digest() == after.Statement(allowed).Digest()
		if same && decidable(after, b.verdict) == nil {
			still = append(still, c)
			continue
		}
		reason := widget.Words(theme.Warn, "changed since it was listed")
		for _, change := range casepane.Changes(c, after, o) {
			reason = append(append(reason, widget.Say(theme.Warn, " · ")), change...)
		}
		b.apart = append(b.apart, refused{number: n, reason: reason})
	}
	dropped := len(still) < len(b.ready)
	b.ready = still
	return dropped
}

func (t *Tab) openBulkPage(b *bulk) {
	b.words = decide.NewWords(t.env.Theme, b.verdict, decide.ForRequests())
	written, again := t.drafts[draftOf{verdict: b.verdict}]
	b.words.Take(written)
	title, label := "Approve together", "Approve these"
	if b.verdict == model.Deny {
		title, label = "Deny together", "Deny these"
	}
	o := widget.DialogOptions{
		Title: widget.Words(theme.Strong, title), Evidence: b.evidence(t), Width: bulkWidth, Now: t.env.Now,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}},
		Done:    func(id string) tea.Cmd { return t.endBulk(b, id) },
	}
	if len(b.ready) > 0 {
		b.form = widget.NewForm(t.env.Theme, b.words.Items())
		b.form.SetDirty(again)
		o.Form = b.form
		o.Buttons = append(o.Buttons, widget.Button{ID: buttonConfirm, Label: label, Confirm: true,
			NeedsEvidence: b.verdict == model.Approve})
	}
	b.dialog = widget.NewDialog(t.env.Theme, o)
	t.ask(b.dialog)
}

// evidence is all of them, one under the other, and an end that shows that it
// was reached.
func (b *bulk) evidence(t *Tab) widget.DetailContent {
	what := fmt.Sprintf("%s will be %s as shown, each by itself.", requests(len(b.ready)), b.verdict.Past())
	if len(b.ready) == 0 {
		what = "None of the marked requests can be " + b.verdict.Past() + " by you."
	}
	content := widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, what)}}
	for _, c := range b.ready {
		o := t.pane.options(c)
		o.Asking, o.Alike = false, b.alike[c.Request.Number]
		section := casepane.Brief(c, o)
		if forWhom := actsFor(c, firstSeat(c), t.env.Me.ID); forWhom != nil {
			section.Facts = append([]widget.Fact{{Label: "Vote", Value: forWhom}}, section.Facts...)
		}
		content.Sections = append(content.Sections, section)
	}
	if len(b.apart) > 0 {
		s := widget.Section{Title: "Not among them", Ruled: true}
		for _, r := range b.apart {
			s.Facts = append(s.Facts, widget.Fact{Label: string(r.number), Value: []widget.Line{r.reason}})
		}
		content.Sections = append(content.Sections, s)
	}
	if len(b.ready) > 0 {
		end := widget.Words(theme.Faint, "all "+requests(len(b.ready))+" read")
		content.Sections = append(content.Sections, widget.Section{Facts: []widget.Fact{{Label: "End", Value: []widget.Line{end}}}})
	}
	return content
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

// endBulk gives the votes on what was drawn.
func (t *Tab) endBulk(b *bulk, id string) tea.Cmd {
	t.bulk = nil
	of := draftOf{verdict: b.verdict}
	switch {
	case b.form == nil:
		return nil
	case id != buttonConfirm || len(b.ready) == 0:
		return t.drafts.Told(of, b.words.Draft(), of.key())
	}
	delete(t.drafts, of)
	var votes []workflow.Decision
	for _, c := range b.ready {
		vote := decisionOn(c, b.verdict, c.Request.Allowed, b.words.Text())
		if seat := firstSeat(c); seat != t.env.Me.ID {
			vote.For = seat
		}
		votes = append(votes, vote)
		t.busy[c.Request.Number] = true
	}
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		return bulkDecided{b, votes, t.svc.DecideMany(ctx, me, votes)}
	})
}

// bulkDecided shows what came of each vote. Marks stay on what is still to be
// decided.
func (t *Tab) bulkDecided(msg bulkDecided) tea.Cmd {
	results := map[model.Number]workflow.Decided{}
	for _, r := range msg.results {
		results[r.Number] = r
	}
	facts := make([]widget.Fact, 0, len(msg.votes))
	kept := 0
	for _, vote := range msg.votes {
		delete(t.busy, vote.Number)
		fact := widget.Fact{Label: string(vote.Number)}
		r, ok := results[vote.Number]
		switch {
		case !ok:
			fact.Value = []widget.Line{widget.Words(theme.Bad, "▲ no answer; look at it again")}
		case r.Err != nil:
			fact.Value = t.refusal(r.Err)
			fact.Value[0] = append(widget.Words(theme.Bad, "▲ "), fact.Value[0]...)
		default:
			kept++
			t.list.Unmark(string(vote.Number))
			fact.Value = []widget.Line{append(widget.Words(theme.OK, "✓ "), decide.Outcome(vote, r)...)}
		}
		facts = append(facts, fact)
	}
	for _, r := range msg.bulk.apart {
		if r.final {
			t.list.Unmark(string(r.number))
		}
	}
	past := msg.votes[0].Verdict.Past()
	words := fmt.Sprintf("%d %s", kept, past)
	kind := tab.NoticeOK
	if failed := len(msg.votes) - kept; failed > 0 {
		words += fmt.Sprintf(", %d not", failed)
		kind = tab.NoticeWarn
	}
	t.tell(widget.Words(theme.Strong, words), widget.DetailContent{Sections: []widget.Section{{Facts: facts}}}, "Close")
	return tea.Batch(t.reload(), notice.Say(kind, widget.Words(theme.OK, words)))
}
