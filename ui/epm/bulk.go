package epm

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// maxBulk is how many are decided at once: more than that nobody reads.
const maxBulk = 100

// bulkWidth is the width of the page where the screen has it.
const bulkWidth = 110

// bulk is one decision on several requests or devices, from the moment they are
// read.
type bulk struct {
	verdict model.Verdict
	kind    kind
	refs    []ref
	rows    map[ref]row
	seq     int // of its readings; an older one is dropped
	last    int

	ready []subject // what is decided, as it was drawn
	apart []refused // what is not

	words  *decide.Words
	form   *widget.Form
	dialog *widget.Dialog // nil until it is open
}

// refused is a marked row that is not decided, and why.
type refused struct {
	of     ref
	reason widget.Line
}

// The messages of a bulk.
type (
	bulkRead struct {
		bulk     *bulk
		seq      int
		subjects []subject
		errs     []error // by ref, nil where it was read
	}
	bulkVoted struct {
		bulk    *bulk
		results []workflow.Decided // by b.ready
	}
)

// openBulk reads the marked rows to decide them together.
func (t *Tab) openBulk(v model.Verdict) tea.Cmd {
	if t.bulk != nil {
		return nil // they are being read
	}
	b := &bulk{verdict: v, kind: t.pane().kind, rows: map[ref]row{}}
	for _, r := range t.pane().list.Marked() {
		b.refs = append(b.refs, r.ref())
		b.rows[r.ref()] = r
	}
	if len(b.refs) > maxBulk {
		return notice.Warn(fmt.Sprintf("at most %d at once, %d are marked", maxBulk, len(b.refs)))
	}
	t.bulk = b
	return t.readBulk(b)
}

func (t *Tab) readBulk(b *bulk) tea.Cmd {
	b.seq++
	seq, refs, me := b.seq, b.refs, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		msg := bulkRead{bulk: b, seq: seq, subjects: make([]subject, len(refs)), errs: make([]error, len(refs))}
		for i, of := range refs {
			msg.subjects[i], msg.errs[i] = read(ctx, t.svc, me, of)
		}
		return msg
	})
}

// bulkRead opens the page, or, when it is open, takes those out that changed.
func (t *Tab) bulkRead(msg bulkRead) {
	b := t.bulk
	if b == nil || b != msg.bulk || msg.seq < b.last {
		return
	}
	b.last = msg.seq
	if b.dialog == nil {
		t.sort(b, msg)
		t.openBulkPage(b)
		return
	}
	if t.dropChanged(b, msg) {
		b.dialog.SetEvidence(t.bulkEvidence(b))
		b.dialog.Raise()
	}
}

// sort parts what can be decided from what cannot.
func (t *Tab) sort(b *bulk, msg bulkRead) {
	for i, of := range b.refs {
		err := msg.errs[i]
		if err == nil {
			err = msg.subjects[i].can(actOf(b.verdict), t.env.Now())
		}
		if err != nil {
			b.apart = append(b.apart, refused{of, notice.Cause(err)})
			continue
		}
		b.ready = append(b.ready, msg.subjects[i])
	}
}

// dropChanged takes out what is not any more as it was drawn, and reports whether
// there was any.
func (t *Tab) dropChanged(b *bulk, msg bulkRead) bool {
	now := map[ref]subject{}
	for i, of := range b.refs {
		if msg.errs[i] == nil {
			now[of] = msg.subjects[i]
		}
	}
	var still []subject
	for _, s := range b.ready {
		after, read := now[s.ref()]
		err := after.canOr(read, actOf(b.verdict), t)
		if !read || err == nil && s.same(after) {
			still = append(still, s)
			continue
		}
		b.apart = append(b.apart, refused{s.ref(), t.changed(s, after, err)[0]})
	}
	dropped := len(still) < len(b.ready)
	b.ready = still
	return dropped
}

func (s subject) canOr(read bool, act model.Action, t *Tab) error {
	if !read {
		return nil
	}
	return s.can(act, t.env.Now())
}

func (t *Tab) openBulkPage(b *bulk) {
	b.words = decide.NewWords(t.env.Theme, b.verdict, wording(b.kind))
	written, again := t.drafts[draftOf{act: actOf(b.verdict)}]
	b.words.Take(written)
	title, label := "Approve together", "Approve these"
	if b.verdict == model.Deny {
		title, label = "Deny together", "Deny these"
	}
	o := widget.DialogOptions{
		Title: widget.Words(theme.Strong, title), Evidence: t.bulkEvidence(b), Width: bulkWidth, Now: t.env.Now,
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
	t.overlay(b.dialog)
}

// bulkEvidence is all of them, one under the other with everything that is
// reported, and an end that shows that it was reached.
func (t *Tab) bulkEvidence(b *bulk) widget.DetailContent {
	what := fmt.Sprintf("%s will be %s as shown, each by itself.", things(len(b.ready), b.kind), b.verdict.Past())
	if len(b.ready) == 0 {
		what = "None of the marked ones can be " + b.verdict.Past() + " by you."
	}
	content := widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text, what)}}
	for _, s := range b.ready {
		content.Sections = append(content.Sections, t.brief(s))
	}
	if len(b.apart) > 0 {
		s := widget.Section{Title: "Not among them", Ruled: true}
		for _, r := range b.apart {
			s.Facts = append(s.Facts, widget.Fact{Label: "▲", Value: []widget.Line{append(append(b.name(r.of), widget.Say(theme.Text, ": ")), r.reason...)}})
		}
		content.Sections = append(content.Sections, s)
	}
	if len(b.ready) > 0 {
		end := widget.Words(theme.Faint, "all "+things(len(b.ready), b.kind)+" read")
		content.Sections = append(content.Sections, widget.Section{Facts: []widget.Fact{{Label: "End", Value: []widget.Line{end}}}})
	}
	return content
}

// name is how the page calls a row.
func (b *bulk) name(of ref) widget.Line {
	r := b.rows[of]
	switch {
	case r.endpoint != nil && r.endpoint.Incident != "":
		return append(number(r.endpoint.Incident), append(widget.Words(theme.Faint, "  "), evidence.Who(*r.endpoint)...)...)
	case r.endpoint != nil:
		return evidence.Who(*r.endpoint)
	case r.device != nil:
		return append(evidence.Email(r.device.Device), append(widget.Words(theme.Faint, " · "), evidence.Name(r.device.Device)...)...)
	}
	return nil
}

// brief is one of them on the page: everything that is reported of it.
func (t *Tab) brief(s subject) widget.Section {
	fact := func(label string, l widget.Line) widget.Fact {
		return widget.Fact{Label: label, Value: []widget.Line{l}}
	}
	if d := s.device; d != nil {
		sec := widget.Section{Ruled: true}
		for _, from := range evidence.Device(*d, t.options()).Sections[:1] {
			sec.Facts = append(sec.Facts, from.Facts...)
		}
		for _, l := range saying(d.Hints) {
			sec.Facts = append(sec.Facts, fact("Hint", l))
		}
		return sec
	}
	e := s.endpoint
	sec := widget.Section{Ruled: true, Facts: []widget.Fact{fact("Request", append(s.label(), append(widget.Words(theme.Faint, "  "), evidence.Ends(e.EndpointRequest, t.options())...)...))}}
	for _, w := range evidence.Warnings(*e, t.options()) {
		sec.Facts = append(sec.Facts, fact("▲", w))
	}
	if t.endsSoon(e.EndpointRequest) {
		sec.Facts = append(sec.Facts, fact("▲", widget.Words(theme.BadStrong, "ends within a minute, at "+e.Expires.In(t.env.Zone).Format("15:04:05"))))
	}
	for _, l := range saying(e.Hints) {
		sec.Facts = append(sec.Facts, fact("Hint", l))
	}
	sec.Facts = append(sec.Facts, evidence.Why(e.Justification)...)
	for _, from := range evidence.Reported(e.EndpointRequest, t.options()) {
		sec.Facts = append(sec.Facts, from.Facts...)
	}
	return sec
}

func things(n int, k kind) string {
	one := "request"
	if k == device {
		one = "device"
	}
	if n != 1 {
		one += "s"
	}
	return fmt.Sprintf("%d %s", n, one)
}

// endBulk gives the decisions on what was drawn.
func (t *Tab) endBulk(b *bulk, id string) tea.Cmd {
	t.bulk = nil
	of := draftOf{act: actOf(b.verdict)}
	switch {
	case b.form == nil:
		return nil
	case id != buttonConfirm || len(b.ready) == 0:
		return t.drafts.Told(of, b.words.Draft(), of.key())
	}
	delete(t.drafts, of)
	var endpoints []workflow.EndpointDecision
	var devices []workflow.DeviceDecision
	for _, s := range b.ready {
		t.busy[s.ref()] = true
		if s.device != nil {
			devices = append(devices, deviceDecision(*s.device, b.verdict, b.words.Text()))
		} else {
			endpoints = append(endpoints, endpointDecision(*s.endpoint, b.verdict, b.words.Text()))
		}
	}
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		if len(devices) > 0 {
			return bulkVoted{b, t.svc.DecideDevices(ctx, me, devices)}
		}
		return bulkVoted{b, t.svc.DecideEndpoints(ctx, me, endpoints)}
	})
}

// bulkVoted shows what came of each. Marks stay on what is still to be decided.
func (t *Tab) bulkVoted(msg bulkVoted) tea.Cmd {
	var facts []widget.Fact
	kept, b := 0, msg.bulk
	for i, s := range b.ready {
		delete(t.busy, s.ref())
		name := append(b.name(s.ref()), widget.Say(theme.Text, ": "))
		fact := widget.Fact{Label: "▲"}
		switch {
		case i >= len(msg.results):
			fact.Value = []widget.Line{append(name, widget.Say(theme.Bad, "no answer; look at it again"))}
		case msg.results[i].Err != nil:
			why := t.refusal(msg.results[i].Err)
			fact.Value = append([]widget.Line{append(name, why[0]...)}, why[1:]...)
		default:
			kept++
			fact.Label = "✓"
			t.panes[waiting].list.Unmark(s.ref().String())
			t.panes[devices].list.Unmark(s.ref().String())
			fact.Value = []widget.Line{append(name, widget.Say(theme.OK, msg.results[i].Endpoint.Words()))}
		}
		facts = append(facts, fact)
	}
	words := fmt.Sprintf("%d %s", kept, b.verdict.Past())
	said := tab.NoticeOK
	if failed := len(b.ready) - kept; failed > 0 {
		words += fmt.Sprintf(", %d not", failed)
		said = tab.NoticeWarn
	}
	t.tell(widget.Words(theme.Strong, words), widget.DetailContent{Sections: []widget.Section{{Facts: facts}}}, "Close")
	return tea.Batch(t.reload(), notice.Say(said, widget.Words(theme.OK, words)))
}
