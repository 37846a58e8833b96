package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A heading can hold what somebody is called, as in the raw view of what they said.
func TestAHeadingIsDrawnByName(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := output{w: &out}
	o.content(widget.DetailContent{Sections: []widget.Section{{Title: "Said by \x1b]0;owned\a"}}})
	if want := "Said by ⟦ESC⟧]0;owned⟦BEL⟧:\n"; out.String() != want || o.err != nil {
		t.Errorf("%q, want %q; %v", out.String(), want, o.err)
	}
}

func TestLinesEndAsPeopleEndThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, typed string
		want        []string
	}{
		{"line feeds", "a\nb\n", []string{"a", "b"}},
		{"as a network sends them", "a\r\nb\r\n", []string{"a", "b"}},
		{"without an end", "a\nb", []string{"a", "b"}},
		{"empty ones count", "\n\na\n", []string{"", "", "a"}},
		{"nothing", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := newInput(strings.NewReader(tt.typed))
			defer in.close()
			for _, want := range tt.want {
				l, err := in.next(t.Context())
				if err != nil || string(l.text) != want {
					t.Errorf("it read %q, %v; want %q", l.text, err, want)
				}
			}
			if _, err := in.next(t.Context()); !errors.Is(err, errEnd) {
				t.Errorf("behind the end: %v", err)
			}
		})
	}
}

func TestTooLongALineIsLostAloneAndSaid(t *testing.T) {
	t.Parallel()
	in := newInput(strings.NewReader(strings.Repeat("x", longest+1) + "\nnext\n"))
	defer in.close()
	if l, err := in.next(t.Context()); err != nil || !l.long || len(l.text) > 0 {
		t.Errorf("it read %d bytes, %v, %v", len(l.text), l.long, err)
	}
	if l, err := in.next(t.Context()); err != nil || string(l.text) != "next" {
		t.Errorf("the next one is %q, %v", l.text, err)
	}
}

func TestWhatWaitsIsDiscarded(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	in := newInput(r)
	if in.discard() {
		t.Error("nothing was typed yet")
	}
	if _, err := io.WriteString(w, "ahead\nahead again\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := in.next(t.Context()); err != nil { // by then both have come
		t.Fatal(err)
	}
	for !in.discard() {
	}
	if _, err := io.WriteString(w, "answer\n"); err != nil {
		t.Fatal(err)
	}
	if l, err := in.next(t.Context()); err != nil || string(l.text) != "answer" {
		t.Errorf("it read %q, %v", l.text, err)
	}
	_ = w.Close()
	in.close()
}

// TestReadingATerminalEndsWithTheSession closes the input while a read is under
// way; goleak looks for what is left.
func TestReadingATerminalEndsWithTheSession(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	in := newInput(r)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was ended: %v", err)
	}
	in.close()
	select {
	case <-in.ended:
	default:
		t.Error("it is still reading")
	}
}

// everybody opens every tab.
func everybody() *session {
	return &session{out: &output{w: io.Discard}, opt: Options{Opens: func(model.Actor) []tab.Name {
		return []tab.Name{tab.Portal, tab.Approvals, tab.Tasks, tab.EPM, tab.Logs}
	}, Personas: []string{"x"}, Command: func(context.Context, string, []string, io.Writer) error { return nil }}}
}

// TestEveryActionHasACommand fails when the model learns an action that nobody can
// do line by line.
func TestEveryActionHasACommand(t *testing.T) {
	t.Parallel()
	by := map[model.Action]string{
		model.ActSee: "open", model.ActComment: "comment", model.ActApprove: "approve", model.ActDeny: "deny", model.ActWithdraw: "withdraw",
		model.ActClaim: "take", model.ActRelease: "release", model.ActPick: "pick", model.ActFulfil: "run", model.ActComplete: "close",
		model.ActIncomplete: "close", model.ActSkip: "close", model.ActGiveBack: "give-back", model.ActRevoke: "revoke", model.ActReveal: "link",
		model.ActAnswer: "answer", model.ActAsk: "ask", model.ActReply: "reply", model.ActReassign: "reassign", model.ActEmergency: "emergency",
		model.ActReview: "review", model.ActAssign: "take", model.ActNote: "note", model.ActClose: "close", model.ActReopen: "reopen",
		model.ActCreate: "create", model.ActChange: "change",
		// By the commands of a shell: people.
		model.ActDisable: "countersign", model.ActEnable: "countersign",
		model.ActDelegate: "countersign", model.ActEdit: "countersign",
	}
	s := everybody()
	for _, act := range slices.Concat(model.Actions(), model.EndpointActions(), model.IncidentActions(), model.PeopleActions()) {
		if _, found := s.find(by[act]); by[act] == "" || !found {
			t.Errorf("nothing does %q", act)
		}
	}
}

func TestCommandsAreFoundByTheirBeginningUnlessTheyDecide(t *testing.T) {
	t.Parallel()
	s := everybody()
	for typed, want := range map[string]string{"help": "help", "he": "help", "list": "list", "stat": "status", "approve": "approve", "appr": "", "den": "", "revo": "", "emerg": "", "re": "", "": "", "nonsense": ""} {
		got, found := s.find(typed)
		if found != (want != "") || got.name != want {
			t.Errorf("%q finds %q", typed, got.name)
		}
	}
	seen := map[string]bool{}
	for _, c := range commands() {
		if seen[c.name] || c.about == "" {
			t.Errorf("%q is there twice, or says nothing", c.name)
		}
		seen[c.name] = true
	}
	for _, v := range views() {
		if seen["list "+v.name] || v.about == "" || v.empty == "" {
			t.Errorf("the list %q is there twice, or says nothing", v.name)
		}
		seen["list "+v.name] = true
	}
}

// TestEverythingOfADetailIsPrinted looks for each part, and for controls.
func TestEverythingOfADetailIsPrinted(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	o := &output{w: &b}
	line := func(text string) widget.Line { return foreign(text) }
	o.content(widget.DetailContent{Title: line("the title"), Right: line("the right"), Lead: []widget.Line{line("the lead")}, Warnings: []widget.Line{line("a warning\x1b[2J")},
		Sections: []widget.Section{{Title: "A section", Facts: []widget.Fact{{Label: "Label", Value: []widget.Line{line("one"), line("two")}}, {Value: []widget.Line{line("bare")}}}}},
		Timeline: []widget.Event{{When: "09:58", What: line("it happened")}}})
	const want = "the title, the right\nWarning: a warning⟦ESC⟧[2J\nthe lead\nA section:\nLabel: one\n  two\nbare\nHistory:\n09:58: it happened\n"
	if b.String() != want {
		t.Errorf("it printed\n%s\nwant\n%s", b.String(), want)
	}
}

// TestACheckOfTheChainSaysItsLimit holds what is said of each kind of chain.
func TestACheckOfTheChainSaysItsLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		chain workflow.ChainState
		want  string
	}{
		{"signed", workflow.ChainState{Entries: 9, Intact: true, Head: "aa", Signed: 9, Key: "SHA256:k"}, "The audit chain is whole: 9 entries, head aa. Entry 9 is signed by SHA256:k."},
		{"grown since", workflow.ChainState{Entries: 9, Intact: true, Head: "aa", Signed: 7, Key: "SHA256:k"},
			"The audit chain is whole: 9 entries, head aa. Entry 7 is signed by SHA256:k. Entries after 7 are not signed yet: some could have been cut off unseen."},
		{"not signed", workflow.ChainState{Entries: 9, Intact: true, Head: "aa"},
			"The audit chain is whole: 9 entries, head aa. Nothing is signed: entries at the end could have been cut off unseen."},
		{"broken", workflow.ChainState{BadSeq: 4, Problem: "entry 4 was changed"}, "The audit chain is broken at entry 4: entry 4 was changed"},
		{"broken in no entry", workflow.ChainState{Problem: "a head is forged"}, "The audit chain is broken: a head is forged"},
	} {
		if got := chainWords(tt.chain); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestConfirmationTakesTheWholeSentenceOnly answers in every other way.
func TestConfirmationTakesTheWholeSentenceOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(asked string) string
		want   error
	}{
		{"the sentence", func(s string) string { return s }, nil},
		{"with more blanks", func(s string) string { return "  " + strings.ReplaceAll(s, " ", "   ") + " " }, nil},
		{"the digits alone", func(s string) string { return s[len(s)-4:] }, errNothing},
		{"the word alone", func(s string) string { return s[:len(s)-5] }, errNothing},
		{"yes", func(string) string { return "yes" }, errNothing},
		{"nothing", func(string) string { return "" }, errNothing},
		{"in capitals", strings.ToUpper, errNothing},
		{"something behind it", func(s string) string { return s + " please" }, errNothing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, w := io.Pipe()
			out := &answering{in: w, answer: tt.answer}
			s := &session{ctx: t.Context(), in: newInput(r), out: &output{w: out}}
			if err := s.confirm("approve", "REQ0010042"); !errors.Is(err, tt.want) {
				t.Errorf("it says %v, want %v", err, tt.want)
			}
			_ = w.Close()
			s.in.close()
			<-out.done
		})
	}
}

// answering types an answer as soon as it reads the question.
type answering struct {
	in     io.Writer
	answer func(asked string) string
	done   chan struct{}
}

func (a *answering) Write(p []byte) (int, error) {
	_, rest, _ := strings.Cut(string(p), "type: ")
	asked, _, _ := strings.Cut(rest, ". Anything")
	a.done = make(chan struct{})
	go func() {
		defer close(a.done)
		_, _ = io.WriteString(a.in, a.answer(asked)+"\n")
	}()
	return len(p), nil
}
