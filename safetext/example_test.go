package safetext_test

import (
	"fmt"

	"countersign/safetext"
)

func ExampleLine() {
	title := safetext.Line("ann\u202egnp.exe")
	fmt.Println(title)

	stored, err := safetext.Decode(title.String())
	fmt.Printf("%+q %v\n", stored, err)
	// Output:
	// ann⟦U+202E⟧gnp.exe
	// "ann\u202egnp.exe" <nil>
}

func ExampleVisible_Render() {
	warning := func(span safetext.Span) string {
		if span.Kind == safetext.Escaped {
			return "!" + span.Text + "!"
		}
		return span.Text
	}
	fmt.Println(safetext.Line("sudo\x1b[2J").Render(warning))
	// Output: sudo!⟦ESC⟧![2J
}

func ExampleVisible_CutCount() {
	title := safetext.Line("github-deploy-key-2026")
	fmt.Println(title.CutCount(16))
	fmt.Println(title.CutCount(5))
	// Output:
	// github-deploy…+9
	// gith…
}
