package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

func TestLinesOfKeys(t *testing.T) {
	t.Parallel()
	at := linesOf(`# comment
a.b = 1

"odd # key" = """
[not.a.header]
c = 2
"""   # after
[s]
list = [
  "x", # [no]
  "y",
]
in = { deep = 1 }
[[s.t]]
k = 1
[[s.t]]
j = 1
[[s.t.u]]
k = 2
[[s.t.u]]
k = 3`)
	for _, tt := range []struct {
		path keyPath
		want int
	}{
		{keyPath{}.add("a").add("b"), 2},
		{keyPath{}.add("a"), 2},
		{keyPath{}.add("odd # key"), 4},
		{keyPath{}.add("s"), 8},
		{keyPath{}.add("s").add("list"), 9},
		{keyPath{}.add("s").add("in").add("deep"), 13},
		{keyPath{}.add("s").add("t"), 14},
		{keyPath{}.add("s").add("t").element(1).add("k"), 15},
		{keyPath{}.add("s").add("t").element(2), 16},
		{keyPath{}.add("s").add("t").element(2).add("j"), 17},
		{keyPath{}.add("s").add("t").element(2).add("u").element(1).add("k"), 19},
		{keyPath{}.add("s").add("t").element(2).add("u").element(2).add("k"), 21},
		{keyPath{}.add("s").add("list").element(2), 9},
		{keyPath{}.add("c"), 0},
		{nil, 0},
	} {
		if got := at.of(tt.path); got != tt.want {
			t.Errorf("line of %s = %d, want %d", tt.path.key(), got, tt.want)
		}
	}
}

// TestLinesOfGeneratedFiles writes files of which it knows where each key is.
func TestLinesOfGeneratedFiles(t *testing.T) {
	t.Parallel()
	values := []string{"1", `"x"`, "'#'", "\"\"\"\na = 1\n\"\"\"", "[\n1, # a\n\n2]", "'''\n[x]\n'''", "{ q = 1 }", "[{ q = 1 }, { q = 2 }]"}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		want := map[string]int{}
		line := 1
		write := func(s string) {
			text.WriteString(s + "\n")
			line += strings.Count(s, "\n") + 1
		}
		section := keyPath{}
		for i := range rapid.IntRange(1, 12).Draw(t, "statements") {
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				write(rapid.SampledFrom([]string{"", "# x = 1", "  "}).Draw(t, "blank"))
			case 1:
				section = keyPath{}.add(fmt.Sprintf("s%d", i))
				want[section.id()] = line
				write("[" + section[0].name + "]")
			case 2:
				list := keyPath{}.add("list")
				n := 1
				for want[list.element(n).id()] != 0 {
					n++
				}
				section = list.element(n)
				want[section.id()] = line
				write("[[list]]")
			default:
				key := fmt.Sprintf("k%d", i)
				want[section.add(key).id()] = line
				write(key + " = " + rapid.SampledFrom(values).Draw(t, "value"))
			}
		}
		if _, err := toml.Decode(text.String(), &map[string]any{}); err != nil {
			t.Fatalf("the test wrote a wrong file: %v\n%s", err, text.String())
		}
		at := linesOf(text.String())
		for id, n := range want {
			if at[id] != n {
				t.Fatalf("line of %s = %d, want %d in\n%s", id, at[id], n, text.String())
			}
		}
	})
}
