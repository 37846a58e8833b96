package safetext

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// border returns in which column, by code point, each line of frame has its
// right-hand pane.
func border(frame string) []int {
	var columns []int
	for line := range strings.SplitSeq(frame, "\n") {
		columns = append(columns, ansi.StringWidthWc(line[:strings.LastIndex(line, "│")]))
	}
	return columns
}

// frameOf lays titles out as a list beside a pane, as the screens do.
func frameOf(titles []string, cells int) string {
	var list, pane []string
	warn := lipgloss.NewStyle().Foreground(lipgloss.Red)
	for _, title := range titles {
		cell := Cell(title, cells).Render(func(span Span) string {
			if span.Kind == Escaped {
				return warn.Render(span.Text)
			}
			return span.Text
		})
		list = append(list, cell+"  ")
		pane = append(pane, "│ evidence")
	}
	return lipgloss.JoinHorizontal(lipgloss.Top, strings.Join(list, "\n"), strings.Join(pane, "\n"))
}

func TestRealignKeepsThePaneInItsColumn(t *testing.T) {
	t.Parallel()
	frame := frameOf([]string{
		"prod-db-01",
		"crowd " + strings.Repeat("👨\u200d👩\u200d👧\u200d👦", 9),
		"warning ⚠\ufe0f ❤\ufe0f",
		"नमस्ते दुनिया",
		"คำขอเข้าถึง",
		"a\u202eb",
	}, 24)
	if at := border(frame); at[1] == at[0] {
		t.Fatal("the frame needs no realigning, so this test shows nothing")
	}
	for i, at := range border(Realign(frame)) {
		if at != 26 {
			t.Errorf("line %d has its pane in column %d, want 26", i, at)
		}
	}
}

func TestRealignOfAnyTitles(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.IntRange(1, 40).Draw(t, "cells")
		titles := rapid.SliceOfN(foreignText(), 1, 4).Draw(t, "titles")
		frame := frameOf(titles, cells)
		aligned := Realign(frame)
		for i, at := range border(aligned) {
			if at != cells+2 {
				t.Fatalf("%+q has its pane in column %d, want %d", titles[i], at, cells+2)
			}
		}
		squeezed := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeezed(aligned) != squeezed(frame) {
			t.Fatalf("realigned frame is %q, want %q but for blanks", aligned, frame)
		}
	})
}

func TestRealignLeavesOtherFramesAlone(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{
		"",
		"\x1b[1mprod\x1b[m  │ evidence\n\n",
		"漢字  │ 한국  e\u0301  🔑  x\n",
	} {
		if got := Realign(frame); got != frame {
			t.Errorf("Realign(%q) = %q", frame, got)
		}
	}
}
