package theme

import "strings"

// Glyphs are the signs the console draws. All of them are one cell wide, in
// both sets, so that a layout does not depend on the set.
type Glyphs struct {
	Cursor, Mark, New, Changed      string // left of a row
	On, Half, Off                   string // health: connected, slow, unreachable
	Check, Alert, Dot               string // done, warning, separator
	Arrow, Down, Up, Sort, Ellipsis string
	Rule, Wall                      string // horizontal, vertical
	TeeDown, TeeUp, TeeRight        string // ┬ ┴ ├
	TopLeft, TopRight               string
	BottomLeft, BottomRight         string
	Mask                            string // one character of a secret
	Spinner                         []string
}

func unicodeGlyphs() Glyphs {
	return Glyphs{
		Cursor: "▌", Mark: "✓", New: "+", Changed: "~",
		On: "●", Half: "◐", Off: "○",
		Check: "✓", Alert: "▲", Dot: "·",
		Arrow: "→", Down: "↓", Up: "↑", Sort: "▾", Ellipsis: "…",
		Rule: "─", Wall: "│",
		TeeDown: "┬", TeeUp: "┴", TeeRight: "├",
		TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
		Mask:    "•",
		Spinner: []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"},
	}
}

func asciiGlyphs() Glyphs {
	return Glyphs{
		Cursor: ">", Mark: "x", New: "+", Changed: "~",
		On: "*", Half: "%", Off: "o",
		Check: "+", Alert: "!", Dot: "-",
		Arrow: ">", Down: "v", Up: "^", Sort: "v", Ellipsis: "~",
		Rule: "-", Wall: "|",
		TeeDown: "+", TeeUp: "+", TeeRight: "+",
		TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
		Mask:    "*",
		Spinner: []string{"|", "/", "-", "\\"},
	}
}

// asciiWords turns the signs that our own sentences use into ASCII, cell for
// cell. Foreign text never passes here: it is shown as it came.
func asciiWords() *strings.Replacer {
	return strings.NewReplacer(
		"▌", ">", "●", "*", "◐", "%", "○", "o", "✓", "+", "▲", "!", "·", "-", "•", "*",
		"→", ">", "←", "<", "↓", "v", "↑", "^", "▾", "v", "…", "~",
		"─", "-", "│", "|", "┬", "+", "┴", "+", "├", "+", "┤", "+",
		"╭", "+", "╮", "+", "╰", "+", "╯", "+",
		"“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "-", "—", "-", "×", "x",
	)
}
