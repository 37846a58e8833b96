package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"countersign/safetext"
)

// name begins every line on standard error that is not advice.
const name = "countersign"

// report prints what went wrong: the sentence, and advice below it.
func report(w io.Writer, p problem) {
	if p.text == "" {
		return // the code says it
	}
	for i, line := range strings.Split(p.text, "\n") {
		head := name + ": "
		if i > 0 {
			head = "  "
		}
		fmt.Fprintln(w, head+safetext.Line(line).String())
	}
	if p.advice == "" {
		return
	}
	for line := range strings.SplitSeq(p.advice, "\n") {
		fmt.Fprintln(w, "  "+safetext.Line(line).String())
	}
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
