package cli

import "testing"

func TestALongLabelDoesNotRunIntoItsValue(t *testing.T) {
	t.Parallel()
	var f facts
	f.add("Short", "value")
	f.add("A label as long as an agent makes it", "value")
	if got, want := f.b.String(), "  Short           value\n  A label as long as an agent makes it value\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
