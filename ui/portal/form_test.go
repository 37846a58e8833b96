package portal

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

func pasted(text string) tea.Msg { return tea.PasteMsg{Content: text} }

// open is Alice before an empty form.
func open(t *testing.T, o *office) *desk {
	t.Helper()
	d := sit(t, o, 120, 32)
	d.press("enter")
	return d
}

func TestTabGoesFromButtonToButtonAsInDialogs(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	d.press("enter", "shift+tab", "shift+tab")
	f := d.tab.catalog.form
	for _, step := range []struct {
		key string
		at  int // -1: not on a button any more
	}{{"", 0}, {"tab", 1}, {"shift+tab", 0}, {"tab", 1}, {"tab", -1}} {
		if step.key != "" {
			d.press(step.key)
		}
		if at := f.buttons.at; f.buttons.focused != (step.at >= 0) || f.buttons.focused && at != step.at {
			t.Fatalf("after %q: button %d, focus %t; want %d", step.key, at, f.buttons.focused, step.at)
		}
	}
}

func TestEveryOfferedItemHasAForm(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	for _, item := range model.Catalog() {
		if _, err := newForm(d.tab.core, item, nil); item.Offered && err != nil {
			t.Errorf("form of an offered item: %v", err)
		}
	}
	odd := model.Item{Key: "odd", Name: "Odd", Fields: []model.Field{{Key: "x", Kind: "what nobody can ask for"}}}
	if _, err := newForm(d.tab.core, odd, nil); !errors.Is(err, errNoForm) {
		t.Errorf("form with an unknown kind of field = %v, want %v", err, errNoForm)
	}
}

func TestWhatIsSubmittedIsWhatWasReviewed(t *testing.T) {
	t.Parallel()
	until := model.Until(time.Date(2026, 11, 22, 9, 15, 0, 0, time.UTC))
	for _, tt := range []struct {
		name string
		do   func(d *desk)
		want func(w *workflow.Draft)
	}{
		{"for oneself", func(*desk) {}, func(*workflow.Draft) {}},
		{"for somebody else", func(d *desk) {
			d.press("shift+tab", "shift+tab", "shift+tab", "ctrl+u")
			d.send(pasted(" bob@example.com "))
			d.press("tab", "tab", "tab")
		}, func(w *workflow.Draft) { w.For = "bob@example.com" }},
		{"for oneself in capitals", func(d *desk) {
			d.press("shift+tab", "shift+tab", "shift+tab", "ctrl+u")
			d.send(pasted("Alice@Example.com"))
			d.press("tab", "tab", "tab")
		}, func(*workflow.Draft) {}},
		{"as owner for good", func(d *desk) {
			d.press("shift+tab", "right", "right", "right", "right", "shift+tab", "right", "right", "right", "tab", "tab")
		}, func(w *workflow.Draft) { w.Asked = model.Access{Right: model.RightOwner} }},
		{"until a time of tomorrow", func(d *desk) {
			d.press("shift+tab", "right", "right", "right", "right", "right", "tab")
			d.text("9:15")
			d.press("tab")
		}, func(w *workflow.Draft) { w.Asked.Limit = until }},
		{"described in words", func(d *desk) {
			d.press("ctrl+t")
			d.send(pasted("  the ledger's database "))
			d.press("tab", "tab", "tab", "tab")
		}, func(w *workflow.Draft) {
			w.Target = model.Target{Kind: model.TargetRecord, Described: "the ledger's database"}
		}},
		{"with a reason of several lines and a link", func(d *desk) {
			d.send(pasted("\nhttps://tickets.example.com/a?b=c&d=%20 \u202e"))
		}, func(w *workflow.Draft) {
			w.Justification += "\nhttps://tickets.example.com/a?b=c&d=%20 \u202e"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			d := open(t, o)
			d.fill()
			tt.do(d)
			want := filled()
			tt.want(&want)
			d.press("tab", "enter")
			d.shows("Review: request access to record")
			d.press("tab", "enter")
			if len(o.submitted) != 1 || !reflect.DeepEqual(o.submitted[0], want) {
				t.Errorf("submitted %+v\nwant      %+v\n%s", o.submitted, want, d.screen())
			}
			if !reflect.DeepEqual(o.checked, o.submitted) {
				t.Errorf("checked %+v, submitted %+v", o.checked, o.submitted)
			}
		})
	}
}

func TestTheReviewSubmitsNothingByItself(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(d *desk)
	}{
		{"enter on the first button goes back", func(d *desk) { d.press("enter") }},
		{"esc goes back", func(d *desk) { d.press("esc") }},
		{"a paste presses nothing", func(d *desk) { d.press("tab"); d.send(pasted("\n\r")) }},
		{"what was typed ahead counts not", func(d *desk) { d.key("tab"); d.key("enter") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			d := open(t, o)
			d.fill()
			d.press("tab", "enter")
			tt.do(d)
			if n := o.calls("submit"); n != nil {
				t.Errorf("it was submitted: %q", n)
			}
		})
	}
}

func TestTheReviewIsOfWhatWasChecked(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.fill()
	d.hold = true
	d.press("tab", "enter")
	check := d.held
	d.held = nil
	d.press("shift+tab") // the person goes on writing
	d.send(pasted(", and more"))
	d.hold = false
	for _, cmd := range check {
		d.run(cmd)
	}
	d.hides("Review: request")
	d.press("tab", "enter")
	d.shows("Review: request", "night batch, and more")
}

func TestAReviewDoesNotOpenOverAnotherView(t *testing.T) {
	t.Parallel()
	d := open(t, busy())
	d.fill()
	d.hold = true
	d.press("tab", "enter")
	d.hold = false
	d.view(viewRequests)
	for _, cmd := range d.held {
		d.run(cmd)
	}
	d.hides("Review: request")
	d.view(viewCatalog)
	d.press("enter") // it can be asked for again
	d.shows("Review: request")
}

func TestWhatTheQueueRefusesIsSaidBesideItsField(t *testing.T) {
	t.Parallel()
	o := empty()
	o.checkErr = workflow.Invalid{"for": "nobody is called that", "justification": "too vague"}
	d := open(t, o)
	d.fill()
	d.press("tab", "enter")
	d.shows("▲ nobody is called that", "▲ too vague")
	d.hides("Review: request")
	d.send(pasted("x"))
	d.shows("alice@example.comx") // the first of them has the keys
	o.checkErr = workflow.Invalid{"item": `"record-access" cannot be ordered here`}
	d.press("backspace", "tab", "tab", "tab", "tab", "enter")
	if got := d.lastNotice(); !strings.Contains(got, "cannot be ordered here") {
		t.Errorf("notice = %q", got)
	}
}

func TestASubmissionThatFailsKeepsTheForm(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string // on the screen or as a notice
	}{
		{"refused by a rule", &model.Denied{Code: model.DenyRole, Reason: "only requestors order from the catalog"}, "only requestors order"},
		{"a fault", errors.New("submit: disk full"), "disk full"},
		{"no answer in time", context.DeadlineExceeded, "so it is not known whether"},
		{"a field", workflow.Invalid{"limit": "too long for this record"}, "▲ too long for this record"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			o.submitErr = tt.err
			d := open(t, o)
			d.fill()
			d.press("tab", "enter", "tab", "enter")
			if !strings.Contains(d.screen()+d.lastNotice(), tt.want) {
				t.Errorf("%q is neither on the screen nor the notice %q:\n%s", tt.want, d.lastNotice(), d.screen())
			}
			d.press("esc")
			if d.tab.catalog.form == nil {
				d.press("enter")
			}
			d.shows("prod-db-01", "INC0012345")
			if _, kept := o.kept[model.ItemRecordAccess]; !kept && d.tab.Unsaved() == "" {
				t.Error("it is neither kept nor called unsaved")
			}
		})
	}
}

func TestAfterSubmittingOneSeesWhoDecidesAndWatchesIt(t *testing.T) {
	t.Parallel()
	o := empty()
	d := open(t, o)
	d.fill()
	d.press("tab", "enter", "tab", "enter")
	d.shows("REQ0010061 is submitted", "dana, omar, priya", "any one of Vault Approvers", "My requests")
	if d.tab.Unsaved() != "" {
		t.Errorf("unsaved after submitting: %q", d.tab.Unsaved())
	}
	d.press("enter")
	d.rest()
	if views, at := d.tab.Views(); views[at].Name != "My requests" {
		t.Errorf("the view is %q", views[at].Name)
	}
	d.shows("REQ0010061", "It waits for a decision by dana, omar or priya.", reason[:30])
	if want := []tea.Msg{tab.Goto{Tab: tab.Portal, Number: "REQ0010061"}}; !reflect.DeepEqual(d.sent, want) {
		t.Errorf("sent %v, want %v", d.sent, want)
	}
	d.press("esc")
	if got := d.tab.requests.current(); got != "REQ0010061" {
		t.Errorf("the cursor is on %q", got)
	}
	// The next form is an empty one.
	d.press("n", "enter")
	d.hides("INC0012345")
}

func TestAFormIsKeptAsItWasLeft(t *testing.T) {
	t.Parallel()
	o := busy()
	d := open(t, o)
	d.fill()
	before := d.screen()
	for _, tt := range []struct {
		name string
		do   func()
	}{
		{"esc and back", func() { d.press("esc", "enter") }},
		{"a resize", func() { d.tab.SetSize(70, 16); d.tab.View(); d.tab.SetSize(120, 32) }},
		{"another view", func() { d.view(viewAccess); d.view(viewCatalog) }},
		{"another tab", func() { d.run(d.tab.Focus()); d.send(tab.Changed{}); d.send(tab.Minute(d.now)) }},
		{"a request from elsewhere", func() { d.run(d.tab.Open("REQ0010042")); d.view(viewCatalog) }},
	} {
		tt.do()
		if got := d.screen(); got != before {
			t.Errorf("after %s the screen =\n%s\nwant\n%s", tt.name, got, before)
		}
	}
	if got := d.tab.Unsaved(); got != "" {
		t.Errorf("Unsaved = %q of what is kept in the queue", got)
	}
	d.send(pasted("!"))
	if got, want := d.tab.Unsaved(), "a half-filled form: Request access to record"; got != want {
		t.Errorf("Unsaved = %q, want %q", got, want)
	}
	d.press("esc")
	d.shows("half-filled")
	if !strings.Contains(d.lastNotice(), "kept as you left it") {
		t.Errorf("notice = %q", d.lastNotice())
	}
	if len(o.calls("submit")) > 0 {
		t.Error("it was submitted")
	}
}

func TestStartingAnewAsksWhatIsThrownAway(t *testing.T) {
	t.Parallel()
	d := open(t, empty())
	d.press("shift+tab", "shift+tab", "right", "enter") // an empty form has nothing to lose
	d.hides("thrown away")
	d.fill()
	d.press("tab", "right", "enter")
	d.shows("thrown away")
	d.press("enter")
	d.shows("INC0012345")
	d.press("enter", "tab", "enter")
	d.hides("INC0012345")
	if d.tab.Unsaved() != "" {
		t.Errorf("unsaved = %q", d.tab.Unsaved())
	}
}

func TestFieldsSayWhatIsWrongAsOneLeavesThem(t *testing.T) {
	t.Parallel()
	toLimit := []string{"tab", "tab", "tab"}
	for _, tt := range []struct {
		name string
		do   func(d *desk)
		want string
	}{
		{"nothing picked", func(d *desk) { d.press("tab") }, "▲ pick one of the results, or describe it in words"},
		{"nothing described", func(d *desk) { d.press("ctrl+t", "tab") }, "▲ say which record you mean"},
		{"described in a word", func(d *desk) { d.press("ctrl+t"); d.text("vpn"); d.press("tab") }, "▲ describe it so that somebody else can find it"},
		{"described in too many", func(d *desk) { d.press("ctrl+t"); d.send(pasted(strings.Repeat("words ", 40))); d.press("tab") }, "▲ at most 200 characters"},
		{"no address", func(d *desk) { d.press("tab", "ctrl+u", "tab") }, `▲ "" is not an e-mail address`},
		{"an address that the vault does not take", func(d *desk) { d.press("tab", "ctrl+u"); d.text("a!b@example.com"); d.press("tab") },
			"▲ \"a!b@example.com\": the vault allows only letters, digits and _ . + - before the @"},
		{"no reason", func(d *desk) { d.press("tab", "tab", "tab", "tab", "tab") }, "▲ say in at least 10 characters why you need it"},
		{"a reason that is too long", func(d *desk) {
			d.press("tab", "tab", "tab", "tab")
			d.send(pasted(strings.Repeat("a", 501)))
			d.press("tab")
		}, "▲ 501 characters, at most 500 are kept"},
		{"no end", func(d *desk) {
			d.press(toLimit...)
			d.press("right", "right", "right", "right", "right", "tab", "tab")
		}, "▲ write how long, or until when"},
		{"an end without a unit", func(d *desk) { d.until(toLimit, "90") }, `▲ duration "90": the unit must be min, h, d or w`},
		{"too short", func(d *desk) { d.until(toLimit, "3 min") }, "▲ at least 5 min"},
		{"too long", func(d *desk) { d.until(toLimit, "5 weeks") }, "▲ at most 30 d, or permanent"},
		{"an end in the past", func(d *desk) { d.until(toLimit, "2026-11-20 10:00") }, "▲ that end has passed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := open(t, empty())
			tt.do(d)
			d.shows(tt.want)
		})
	}
}

// until goes to the limit by some keys and types an end.
func (d *desk) until(to []string, text string) {
	d.press(to...)
	d.press("right", "right", "right", "right", "right", "tab")
	d.text(text)
	d.press("tab")
}

func TestARightThatCannotBeLimitedIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	d := open(t, empty())
	d.press("tab", "tab")
	for _, right := range []string{"share", "edit and share", "owner"} {
		for !strings.Contains(d.screen(), `the vault gives "`+right+`" only without a time limit`) {
			if d.press("right"); d.tab.catalog.form.right() == model.RightOwner && right != "owner" {
				t.Fatalf("no reason for %q:\n%s", right, d.screen())
			}
		}
	}
	d.press("tab", "right", "right", "right", "right") // permanent
	d.hides("only without a time limit")
	d.shows("nothing ends it by itself")
	d.press("left")
	d.shows("only without a time limit")
	d.press("tab") // the error stands there, too, until it is mended
	d.shows("only without a time limit")
	d.press("shift+tab", "shift+tab", "left", "left", "left")
	d.hides("only without a time limit")
}

// slow is an office whose search waits until nobody wants its answer.
func TestLettersAreTextOnlyInFieldsThatTakeThem(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	capturing := func(where string, want bool) {
		t.Helper()
		if got := d.tab.Capturing(); got != want {
			t.Errorf("Capturing in %s = %v, want %v", where, got, want)
		}
	}
	capturing("the catalog", false)
	d.press("enter")
	capturing("the picker", true)
	d.press("tab")
	capturing("the address", true)
	d.press("tab")
	capturing("the rights", false)
	d.press("tab", "tab")
	capturing("the reason", true)
	d.press("tab")
	capturing("the buttons", false)
	d.press("esc", "/")
	capturing("the filter", true)
}
