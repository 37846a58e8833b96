package tasks

import (
	"fmt"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestForeignTextIsNeverObeyed(t *testing.T) {
	t.Parallel()
	q := company().doubts()
	evil := "\x1b[2Jx\x1b]52;c;ZXZpbA==\a\u202e\u009b"
	c := q.cases["SCTASK0010043"]
	c.Request.Target.Described, c.Request.Justification, c.Approvals[0].Votes[0].Comment = evil, evil, evil
	c.Timeline = append(c.Timeline, workflow.TimelineEntry{Kind: model.EntryNote, Text: evil})
	q.hits = []model.Hit{{UID: replicaUID, Title: evil, Type: evil, Description: evil}}
	f := q.facts[replicaUID]
	f.Title, f.Path, f.Owner = evil, evil, evil
	q.facts[replicaUID] = f
	q.ops[0].Title, q.ops[0].Op.Reason, q.ops[0].Op.LookingFor, q.ops[0].Op.Evidence = evil, evil, evil, evil
	instantly(t, func(t *testing.T) {
		d := sit(t, q, 120, 32)
		check := func() {
			t.Helper()
			plain := ansi.Strip(d.tab.View())
			if strings.ContainsAny(plain, "\x1b\a\u202e\u009b") || strings.Contains(d.tab.View(), "]52;") && !strings.Contains(plain, "]52;") {
				t.Errorf("drawn as it came: %q", plain)
			}
		}
		d.press("j")
		d.rest()
		check()
		d.press("enter", "s")
		d.paste("x")
		check()
		d.press("enter")
		d.shows("Picked", "⟦ESC⟧")
		d.press("s")
		d.shows("picked so far", "⟦ESC⟧")
		check()
		d.press("esc", "f")
		d.shows("Run SCTASK0010043", "⟦ESC⟧")
		check()
		d.press("esc", "esc")
		d.run(d.tab.SetView(unknownView))
		d.press("j")
		d.shows("⟦ESC⟧")
		check()
	})
}

func TestScreensFitAnySize(t *testing.T) {
	t.Parallel()
	type step struct {
		w, h, view int
		key        string
	}
	// No key that opens a field: what is typed there is not what is tested here.
	keys := []string{"enter", "esc", "j", "k", "f", "t", "c", "tab", "J", "K", "v", "R", "l", "y", "o", "down", "right"}
	steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
		return step{rapid.IntRange(0, 140).Draw(rt, "width"), rapid.IntRange(0, 40).Draw(rt, "height"),
			rapid.IntRange(-4, 3).Draw(rt, "view"), rapid.SampledFrom(keys).Draw(rt, "key")}
	}), 1, 25)
	rapid.Check(t, func(rt *rapid.T) {
		script, wrong := steps.Draw(rt, "steps"), ""
		instantly(t, func(t *testing.T) {
			d := sit(t, company().doubts(), 120, 32)
			for _, s := range script {
				d.tab.SetSize(s.w, s.h)
				d.run(d.tab.SetView(s.view))
				d.press(s.key)
				if wrong = misfit(d.tab.View(), s.w, s.h); wrong != "" {
					return
				}
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

// misfit says where a drawn body is not of its size.
func misfit(drawn string, w, h int) string {
	if w == 0 || h == 0 {
		return ""
	}
	lines := strings.Split(drawn, "\n")
	if len(lines) != h {
		return fmt.Sprintf("%d lines at %dx%d:\n%s", len(lines), w, h, ansi.Strip(drawn))
	}
	for _, l := range lines {
		if got := ansi.StringWidth(l); got > w {
			return fmt.Sprintf("a line of %d cells at %dx%d: %q", got, w, h, ansi.Strip(l))
		}
	}
	return ""
}
