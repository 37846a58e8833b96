package safetext

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// LookAlikes returns, for each of the names of one list that looks like another
// one in it, those others in the order of the list. Equal names are one name;
// names that look like no other have no entry.
func LookAlikes(names []string) map[string][]string {
	groups := make(map[string][]string, len(names))
	met := make(map[string]bool, len(names))
	for _, name := range names {
		if met[name] {
			continue
		}
		met[name] = true
		skeleton := Skeleton(name)
		groups[skeleton] = append(groups[skeleton], name)
	}

	alike := make(map[string][]string)
	for _, group := range groups {
		if len(group) < 2 {
			continue
		}
		for i, name := range group {
			alike[name] = slices.Concat(group[:i], group[i+1:])
		}
	}
	return alike
}

// Skeleton returns what is left of name when characters that look alike have
// become one: two names with the same skeleton may be taken for each other. It
// is for comparing only, neither to be shown nor to be stored, since the table
// may grow.
//
// Alike are letters of other scripts that have the shape of Latin ones; forms of
// one letter (fullwidth, mathematical, ligatures, composed and decomposed
// accents); 0, O and o; 1, l, I and |; rn and m; vv and w; dashes, quotes and
// slashes. Characters without ink count as absent, and so do blanks at the ends
// and all but one in a row. Upper and lower case are told apart, except in O.
func Skeleton(name string) string {
	var b strings.Builder
	b.Grow(len(name) + 8)
	gap := false
	for _, r := range norm.NFKD.String(seen(name)) {
		if r == ' ' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		shape := lookAlikes()[r]
		if shape == "" {
			shape = string(r)
		}
		b.WriteString(merge(shape))
	}
	return b.String()
}

// seen returns what a reader sees of name: blanks of all kinds as U+0020, nothing
// without ink, and bytes that are not UTF-8 by their names.
func seen(name string) string {
	if plain(name) {
		return name
	}
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		char := name[i : i+size]
		i += size
		switch {
		case r == utf8.RuneError && size == 1:
			out = appendEscape(out, char)
		case unicode.IsSpace(r), unicode.Is(fillers, r):
			out = append(out, ' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		default:
			out = append(out, char...)
		}
	}
	return string(out)
}

// fillers take the room of a character and show nothing.
var fillers = &unicode.RangeTable{R16: []unicode.Range16{
	{0x115F, 0x1160, 1}, {0x2800, 0x2800, 1}, {0x3164, 0x3164, 1}, {0xFFA0, 0xFFA0, 1},
}}

// merge returns what stands for char, a single one, among those of ASCII that
// look alike.
func merge(char string) string {
	switch char {
	case "0", "O":
		return "o"
	case "1", "I", "|":
		return "l"
	case "m":
		return "rn"
	case "w":
		return "vv"
	}
	return char
}

// lookAlikes returns what each character outside of ASCII, in its normal form
// KD, looks like.
var lookAlikes = sync.OnceValue(func() map[rune]string {
	table := make(map[rune]string, 256)
	for _, entry := range shapes {
		for _, r := range entry.from {
			table[r] = entry.shape
		}
	}
	return table
})

// shapes are the characters that most fonts draw like one of ASCII: letters of
// Cyrillic, Greek, Armenian, Cherokee and phonetic writing, round zeros, dashes
// and other signs. They are written as code points, because they cannot be told
// apart here either.
var shapes = []struct{ shape, from string }{
	{"a", "\u0251\u0430\u03B1"},
	{"A", "\u0410\u0391\u13AA"},
	{"b", "\u044C\u0184\u13CF\u0185"},
	{"B", "\u0412\u0392\u13F4"},
	{"c", "\u0441\u03C2\u1D04"},
	{"C", "\u0421\u13DF"},
	{"d", "\u0501\u13E7"},
	{"D", "\u13A0"},
	{"e", "\u0435\u04BD"},
	{"E", "\u0415\u0395\u13AC"},
	{"f", "\u0584"},
	{"F", "\u03DC"},
	{"g", "\u0261\u0581"},
	{"G", "\u050C\u13C0"},
	{"h", "\u04BB\u0570"},
	{"H", "\u041D\u0397\u13BB"},
	{"i", "\u0456\u0131\u03B9\u0269\u04CF\u13A5"},
	{"I", "\u0406\u0399\u04C0\u01C0\u2223\u05C0\u2D4F\u07CA"},
	{"j", "\u0458\u03F3"},
	{"J", "\u0408\u13AB\u037F"},
	{"k", "\u043A\u03BA\u1D0B"},
	{"K", "\u041A\u039A\u13E6"},
	{"L", "\u053C\u13DE"},
	{"M", "\u041C\u039C\u13B7"},
	{"n", "\u0578\u057C\u03B7"},
	{"N", "\u039D"},
	{"o", "\u043E\u03BF\u0585\u1D0F\u0C66\u0CE6\u0D66\u09E6\u0966\u0E50"},
	{"O", "\u041E\u039F\u0555\u2D54\u3007"},
	{"p", "\u0440\u03C1"},
	{"P", "\u0420\u03A1\u13E2"},
	{"q", "\u051B\u0563"},
	{"Q", "\u051A"},
	{"r", "\u0433\u1D26"},
	{"R", "\u13A1"},
	{"s", "\u0455\u01BD"},
	{"S", "\u0405\u054F\u13DA\u13D5"},
	{"T", "\u0422\u03A4\u13A2"},
	{"u", "\u03C5\u057D\u1D1C"},
	{"U", "\u054D\u13CC"},
	{"v", "\u03BD\u0475\u1D20"},
	{"V", "\u0474\u13D9"},
	{"w", "\u051D\u0461\u1D21"},
	{"W", "\u051C\u13B3"},
	{"x", "\u0445\u03C7"},
	{"X", "\u0425\u03A7"},
	{"y", "\u0443\u03B3\u04AF"},
	{"Y", "\u04AE\u03A5"},
	{"Z", "\u0396\u13C3"},
	{"z", "\u1D22"},
	{"3", "\u0417\u0437\u01B7\u04E0"},
	{"4", "\u13CE"},
	{"6", "\u0431\u13EE"},
	{"8", "\u0222"},
	{"-", "\u2010\u2012\u2013\u2014\u2015\u2212\u2043\u02D7\u058A"},
	{"/", "\u2044\u2215\u29F8\u2571"},
	{"\\", "\u2216\u29F5\u29F9"},
	{"'", "\u2018\u2019\u02BC\u02B9\u2032\u055A\u05F3`"},
	{"\"", "\u201C\u201D\u05F4"},
	{":", "\u2236\uA789\u02D0\u0589\u05C3"},
	{".", "\u0660\u06D4\uA60E"},
	{",", "\u201A"},
	{"*", "\u2217\u204E"},
	{"!", "\u01C3"},
	{"~", "\u223C\u2053"},
	{"<", "\u2039"},
	{">", "\u203A"},
	{"+", "\u16ED"},
	{"=", "\uA78A\u2E40"},
}
