// Package safetext is the one gate between foreign text and a terminal
// (SCREENS, Foreign text; DESIGN 6). Foreign is everything that this program's
// authors did not write: names, titles, justifications, commands, answers of
// the vault service, errors, files, configuration values.
//
// The rules it keeps:
//
//   - A [Visible] can only be made here. What it holds is valid UTF-8 without
//     any control character, so a terminal draws it and obeys nothing in it.
//   - Nothing is deleted. What cannot be drawn as itself is drawn by name
//     between ⟦ and ⟧: a C0 control or DEL as ⟦ESC⟧, a byte that is not UTF-8
//     as ⟦0x9B⟧, every other code point as ⟦U+202E⟧. That holds for C1 controls,
//     format characters (bidi controls, zero width, tags, soft hyphen, BOM),
//     variation selectors, line and paragraph separators, every blank but
//     U+0020, fillers and other characters without ink, private use and code
//     points unknown to this program, because nobody knows their width.
//   - A literal ⟦ is drawn as ⟦U+27E6⟧. So what is shown can be read back:
//     Decode(Line(s).String()) is s for every string s.
//   - Nothing reaches out of its place. A combining mark with no base in its own
//     text, a fifth mark on one base, half a flag and a skin tone on its own are
//     drawn by name; what a Visible starts or ends with never joins a character
//     that the screen drew beside it.
//   - Emoji keep their joiners and selectors when they form a real sequence: a
//     keycap, a flag, a skin tone on a person, a heart in colour, people and
//     their trades. Elsewhere the joiner is drawn by name. So are the tag
//     sequences of regional flags, because tags can carry a hidden message.
//   - One function measures, [Width], and it is the one lipgloss lays out with.
//     Cutting and wrapping split neither an escape nor a grapheme cluster.
//
// Two things are counted differently by different terminals: emoji of several
// code points and syllables of scripts such as Devanagari or Thai. A renderer
// that counts by code point (Bubble Tea does, until the terminal reports mode
// 2027) gives them up to four times the cells that the layout gave them, and a
// title could push the evidence beside it off the screen. Therefore [Visible.Cut]
// and [Visible.Wrap] keep their limit by both counts, and [Realign] takes the
// difference out of the padding of a finished frame.
//
// Letters of scripts written from right to left are drawn in the order in which
// they are stored; a terminal may turn them round within their line.
//
// All functions are safe for use by several goroutines at once.
package safetext
