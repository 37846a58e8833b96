package portal

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

// beforeTheLink is Alice at the request whose link waits.
func beforeTheLink(t *testing.T, o *office, width, height int) *desk {
	t.Helper()
	d := sit(t, o, width, height)
	d.view(viewRequests)
	return d
}

func TestALinkIsShownOnceAfterAQuestion(t *testing.T) {
	t.Parallel()
	o := withLink()
	d := beforeTheLink(t, o, 120, 32)
	d.shows("A link waits for you: u shows it once.")
	d.press("u")
	d.shows("It is shown once")
	d.press("enter") // the first button changes nothing
	if calls := o.calls("reveal"); calls != nil {
		t.Fatalf("asked %q", calls)
	}
	d.press("u", "tab", "enter")
	d.shows(madeUpLink, "Ends      14:30")
	if calls := o.calls("acknowledge"); calls != nil {
		t.Fatalf("acknowledged while it is on the screen: %q", calls)
	}
	d.press("y", "v", "c") // none of these does anything with it
	d.press("enter")
	d.rest()
	if calls := o.calls("acknowledge"); !slices.Equal(calls, []string{"acknowledge " + linkNumber}) {
		t.Errorf("acknowledged %q", calls)
	}
	d.hides(madeUpLink[:40])
	if len(d.sent) > 0 {
		t.Errorf("something went to the frame or the clipboard: %v", d.sent)
	}
	for _, text := range append(d.notices, o.asked...) {
		if strings.Contains(text, "made-up") {
			t.Errorf("the link is in %q", text)
		}
	}
	for _, link := range o.told {
		if !bytes.Equal(link, make([]byte, len(madeUpLink))) {
			t.Error("the link was not wiped")
		}
	}
	d.press("u")
	if !strings.Contains(d.lastNotice(), "the link was shown 10:30 and is kept nowhere") || len(o.calls("reveal")) != 1 {
		t.Errorf("notice = %q, asked %q", d.lastNotice(), o.calls("reveal"))
	}
}

func TestALinkThatIsLeftByAccidentIsNotLost(t *testing.T) {
	t.Parallel()
	o := withLink()
	d := beforeTheLink(t, o, 120, 32)
	d.press("u", "tab", "enter", "esc")
	d.shows("Do you have the link?")
	d.hides(madeUpLink)
	d.press("esc")
	d.shows(madeUpLink)
	d.press("esc", "enter")
	d.shows(madeUpLink)
	d.press("esc", "tab", "enter")
	if len(o.calls("acknowledge")) != 1 || len(o.calls("reveal")) != 1 {
		t.Errorf("asked %q", o.asked)
	}
}

func TestEnterHeldDownDoesNotCloseALink(t *testing.T) {
	t.Parallel()
	o := withLink()
	d := beforeTheLink(t, o, 120, 32)
	d.press("u", "tab", "enter")
	d.key("enter") // at the same moment
	d.shows(madeUpLink)
	if calls := o.calls("acknowledge"); calls != nil {
		t.Errorf("acknowledged %q", calls)
	}
}

func TestALinkIsDrawnWholeAtEverySize(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{60, 12}, {80, 20}, {120, 32}} {
		d := beforeTheLink(t, withLink(), size[0], size[1])
		d.press("u", "tab", "enter")
		var drawn strings.Builder
		for line := range strings.Lines(d.screen()) {
			drawn.WriteString(strings.Trim(line, "│ \n"))
		}
		if !strings.Contains(drawn.String(), madeUpLink) {
			t.Errorf("%v: the link is not whole:\n%s", size, d.screen())
		}
	}
}

func TestControlCharactersInALinkAreShown(t *testing.T) {
	t.Parallel()
	o := withLink()
	o.link = "https://x.example/\x1b]52;c;aGk=\x07#\u202e"
	d := beforeTheLink(t, o, 120, 32)
	d.press("u", "tab", "enter")
	d.shows("⟦ESC⟧", "⟦BEL⟧", "⟦U+202E⟧")
}

func TestWhyALinkIsNotShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(o *office)
		want   string
	}{
		{"no worker", func(o *office) { o.revealErr = away() }, "nothing here talks to the vault"},
		{"gone", func(o *office) { o.cases[linkNumber].Link = &workflow.LinkView{Gone: true} }, "the link is gone: order another one"},
		{"not theirs", func(o *office) { o.refuse(linkNumber, model.ActReveal, "only alice sees the link") }, "only alice sees the link"},
		{"another item", func(o *office) { o.cases[linkNumber].Link = nil }, "has no one-time link"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := withLink()
			tt.change(o)
			d := beforeTheLink(t, o, 120, 32)
			d.press("u", "tab", "enter")
			if !strings.Contains(d.screen()+d.lastNotice(), tt.want) {
				t.Errorf("%q is neither on the screen nor the notice %q:\n%s", tt.want, d.lastNotice(), d.screen())
			}
			d.hides("made-up")
		})
	}
}

func TestWhatWasNotAcknowledgedStillWaits(t *testing.T) {
	t.Parallel()
	o := withLink()
	o.ackErr = away()
	d := beforeTheLink(t, o, 120, 32)
	d.press("u", "tab", "enter", "enter")
	d.rest()
	if !strings.Contains(d.lastNotice(), "the link still waits") {
		t.Errorf("notice = %q", d.lastNotice())
	}
	d.shows("A link waits for you")
}

func TestTheListSaysWhichLinkWaits(t *testing.T) {
	t.Parallel()
	o := withLink()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.shows("link waits")
	o.cases[linkNumber].Link.Waiting = false // and the request is what it was
	d.send(tab.Changed{})
	d.hides("link waits")
}
