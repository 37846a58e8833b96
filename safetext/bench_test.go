package safetext

import (
	"strings"
	"testing"
)

const (
	asciiTitle   = "Infrastructure/Databases/prod-db-01 (ledger, read replica)"
	foreignTitle = "Überweisung \u202egnp.exe 漢字 👩\u200d💻 e\u0301\x1b[31m ⚠\ufe0f"
)

var longText = strings.Repeat("restore the ledger before the night batch, größere Änderung; ", 20)

// What is drawn most must cost nothing: an ASCII text is not copied.
func TestASCIIDoesNotAllocate(t *testing.T) {
	var v Visible
	for _, tt := range []struct {
		name string
		run  func()
	}{
		{"Line", func() { v = Line(asciiTitle) }},
		{"Cell that fits exactly", func() { v = Cell(asciiTitle, len(asciiTitle)) }},
		{"Width", func() { _ = v.Width() }},
		{"MixedScripts", func() { MixedScripts(asciiTitle) }},
		{"Line of clean foreign text", func() { v = Line("Überweisung 漢字") }},
	} {
		if allocs := testing.AllocsPerRun(100, tt.run); allocs != 0 {
			t.Errorf("%s allocates %v times", tt.name, allocs)
		}
	}
	long := strings.Repeat("\x1b", 8<<20)
	if allocs := testing.AllocsPerRun(10, func() { v = Cell(long, 20) }); allocs > 32 {
		t.Errorf("Cell of 8 MiB allocates %v times", allocs)
	}
}

func BenchmarkLineASCII(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Line(asciiTitle)
	}
}

func BenchmarkLineForeign(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Line(foreignTitle)
	}
}

func BenchmarkCellASCII(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Cell(asciiTitle, 24)
	}
}

func BenchmarkCut(b *testing.B) {
	for name, text := range map[string]string{"ASCII": asciiTitle, "foreign": foreignTitle} {
		v := Line(text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.CutCount(24)
			}
		})
	}
}

func BenchmarkWrap(b *testing.B) {
	v := Line(longText)
	b.ReportAllocs()
	for b.Loop() {
		v.Wrap(48)
	}
}

// The worst text for a segmentation that looks ahead without limit.
func BenchmarkLineJoiners(b *testing.B) {
	text := strings.Repeat("👨\u200d", 10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Line(text)
	}
}

func BenchmarkRealign(b *testing.B) {
	titles := make([]string, 40)
	for i := range titles {
		titles[i] = asciiTitle
	}
	titles[7] = foreignTitle
	frame := frameOf(titles, 60)
	b.ReportAllocs()
	for b.Loop() {
		Realign(frame)
	}
}

func BenchmarkLookAlikes(b *testing.B) {
	names := make([]string, 50)
	for i := range names {
		names[i] = strings.Repeat("x", i) + asciiTitle
	}
	b.ReportAllocs()
	for b.Loop() {
		LookAlikes(names)
	}
}
