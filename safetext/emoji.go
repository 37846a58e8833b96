package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The characters that emoji sequences are made of (Unicode Technical Standard 51).
const (
	joiner         = '\u200D' // zero width joiner: makes one picture of two
	colourSelector = '\uFE0F' // variation selector 16: asks for the coloured picture
	keycapMark     = '\u20E3' // draws a key around a digit
)

// A sequence has at most four pictures (the largest family, a kiss) and two skin
// tones (the largest of those).
const (
	maxPictures  = 4
	maxSkinTones = 2
)

func isRegional(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }
func isSkinTone(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// isEmojiSequence reports whether cluster, of several code points, is an emoji as
// people send them: each part of it changes the picture, so that none is hidden.
// Sequences are told by their form and by the pictures that occur in them, not by
// the list of all that have been published, which grows each year.
func isEmojiSequence(cluster string) bool {
	first, size := utf8.DecodeRuneInString(cluster)
	rest := cluster[size:]
	switch {
	case '0' <= first && first <= '9', first == '#', first == '*':
		return rest == string(colourSelector)+string(keycapMark)
	case isRegional(first):
		second, size := utf8.DecodeRuneInString(rest)
		return isRegional(second) && size == len(rest)
	}

	tones := 0
	for pictures := 1; ; pictures++ {
		picture, size := utf8.DecodeRuneInString(cluster)
		cluster = cluster[size:]
		if pictures > 1 && !strings.ContainsRune(joinedPictures, picture) {
			return false
		}
		modifier, size := utf8.DecodeRuneInString(cluster)
		switch {
		case modifier == colourSelector && unicode.Is(textPictures, picture):
			cluster = cluster[size:]
		case isSkinTone(modifier) && unicode.Is(skinPictures, picture):
			tones++
			cluster = cluster[size:]
		}
		if cluster == "" {
			return tones <= maxSkinTones
		}
		next, size := utf8.DecodeRuneInString(cluster)
		if next != joiner || pictures == maxPictures {
			return false
		}
		if pictures == 1 && !unicode.Is(skinPictures, picture) && !strings.ContainsRune(firstPictures, picture) {
			return false
		}
		cluster = cluster[size:]
	}
}

// firstPictures begin a joined sequence, beside all that can have a skin tone.
const firstPictures = "🏳🏴🐕🐈🐻🐦🍋🍄⛓👁😮😵😶❤🙂👯🧞🧟"

// joinedPictures stand behind a joiner: sex, trade, hair, direction, partner and
// child, and what makes a pirate flag, a polar bear or a burning heart.
const joinedPictures = "♀♂⚕⚖✈❤➡↔↕⚧☠❄⬛" +
	"🌾🍳🍼🎄🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦼🦽🦰🦱🦲🦳" +
	"💋👨👩🧑👦👧🧒🤝🫲🌈🦺🔥🟩🟫💥🗨💨💫🌫🩹"

// textPictures are drawn as text unless the selector asks for colour (Emoji
// without Emoji_Presentation; the ASCII ones occur in keycaps only).
var textPictures = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00A9, 0x00A9, 1}, {0x00AE, 0x00AE, 1}, {0x203C, 0x203C, 1}, {0x2049, 0x2049, 1}, {0x2122, 0x2122, 1},
		{0x2139, 0x2139, 1}, {0x2194, 0x2199, 1}, {0x21A9, 0x21AA, 1}, {0x2328, 0x2328, 1}, {0x23CF, 0x23CF, 1},
		{0x23ED, 0x23EF, 1}, {0x23F1, 0x23F2, 1}, {0x23F8, 0x23FA, 1}, {0x24C2, 0x24C2, 1}, {0x25AA, 0x25AB, 1},
		{0x25B6, 0x25B6, 1}, {0x25C0, 0x25C0, 1}, {0x25FB, 0x25FC, 1}, {0x2600, 0x2604, 1}, {0x260E, 0x260E, 1},
		{0x2611, 0x2611, 1}, {0x2618, 0x2618, 1}, {0x261D, 0x261D, 1}, {0x2620, 0x2620, 1}, {0x2622, 0x2623, 1},
		{0x2626, 0x2626, 1}, {0x262A, 0x262A, 1}, {0x262E, 0x262F, 1}, {0x2638, 0x263A, 1}, {0x2640, 0x2640, 1},
		{0x2642, 0x2642, 1}, {0x265F, 0x2660, 1}, {0x2663, 0x2663, 1}, {0x2665, 0x2666, 1}, {0x2668, 0x2668, 1},
		{0x267B, 0x267B, 1}, {0x267E, 0x267E, 1}, {0x2692, 0x2692, 1}, {0x2694, 0x2697, 1}, {0x2699, 0x2699, 1},
		{0x269B, 0x269C, 1}, {0x26A0, 0x26A0, 1}, {0x26A7, 0x26A7, 1}, {0x26B0, 0x26B1, 1}, {0x26C8, 0x26C8, 1},
		{0x26CF, 0x26CF, 1}, {0x26D1, 0x26D1, 1}, {0x26D3, 0x26D3, 1}, {0x26E9, 0x26E9, 1}, {0x26F0, 0x26F1, 1},
		{0x26F4, 0x26F4, 1}, {0x26F7, 0x26F9, 1}, {0x2702, 0x2702, 1}, {0x2708, 0x2709, 1}, {0x270C, 0x270D, 1},
		{0x270F, 0x270F, 1}, {0x2712, 0x2712, 1}, {0x2714, 0x2714, 1}, {0x2716, 0x2716, 1}, {0x271D, 0x271D, 1},
		{0x2721, 0x2721, 1}, {0x2733, 0x2734, 1}, {0x2744, 0x2744, 1}, {0x2747, 0x2747, 1}, {0x2763, 0x2764, 1},
		{0x27A1, 0x27A1, 1}, {0x2934, 0x2935, 1}, {0x2B05, 0x2B07, 1}, {0x3030, 0x3030, 1}, {0x303D, 0x303D, 1},
		{0x3297, 0x3297, 1}, {0x3299, 0x3299, 1},
	},
	R32: []unicode.Range32{
		{0x1F170, 0x1F171, 1}, {0x1F17E, 0x1F17F, 1}, {0x1F202, 0x1F202, 1}, {0x1F237, 0x1F237, 1},
		{0x1F321, 0x1F321, 1}, {0x1F324, 0x1F32C, 1}, {0x1F336, 0x1F336, 1}, {0x1F37D, 0x1F37D, 1},
		{0x1F396, 0x1F397, 1}, {0x1F399, 0x1F39B, 1}, {0x1F39E, 0x1F39F, 1}, {0x1F3CB, 0x1F3CE, 1},
		{0x1F3D4, 0x1F3DF, 1}, {0x1F3F3, 0x1F3F3, 1}, {0x1F3F5, 0x1F3F5, 1}, {0x1F3F7, 0x1F3F7, 1},
		{0x1F43F, 0x1F43F, 1}, {0x1F441, 0x1F441, 1}, {0x1F4FD, 0x1F4FD, 1}, {0x1F549, 0x1F54A, 1},
		{0x1F56F, 0x1F570, 1}, {0x1F573, 0x1F579, 1}, {0x1F587, 0x1F587, 1}, {0x1F58A, 0x1F58D, 1},
		{0x1F590, 0x1F590, 1}, {0x1F5A5, 0x1F5A5, 1}, {0x1F5A8, 0x1F5A8, 1}, {0x1F5B1, 0x1F5B2, 1},
		{0x1F5BC, 0x1F5BC, 1}, {0x1F5C2, 0x1F5C4, 1}, {0x1F5D1, 0x1F5D3, 1}, {0x1F5DC, 0x1F5DE, 1},
		{0x1F5E1, 0x1F5E1, 1}, {0x1F5E3, 0x1F5E3, 1}, {0x1F5E8, 0x1F5E8, 1}, {0x1F5EF, 0x1F5EF, 1},
		{0x1F5F3, 0x1F5F3, 1}, {0x1F5FA, 0x1F5FA, 1}, {0x1F6CB, 0x1F6CB, 1}, {0x1F6CD, 0x1F6CF, 1},
		{0x1F6E0, 0x1F6E5, 1}, {0x1F6E9, 0x1F6E9, 1}, {0x1F6F0, 0x1F6F0, 1}, {0x1F6F3, 0x1F6F3, 1},
	},
	LatinOffset: 2,
}

// skinPictures can have a skin tone (Emoji_Modifier_Base).
var skinPictures = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x261D, 0x261D, 1}, {0x26F9, 0x26F9, 1}, {0x270A, 0x270D, 1},
	},
	R32: []unicode.Range32{
		{0x1F385, 0x1F385, 1}, {0x1F3C2, 0x1F3C4, 1}, {0x1F3C7, 0x1F3C7, 1}, {0x1F3CA, 0x1F3CC, 1},
		{0x1F442, 0x1F443, 1}, {0x1F446, 0x1F450, 1}, {0x1F466, 0x1F478, 1}, {0x1F47C, 0x1F47C, 1},
		{0x1F481, 0x1F483, 1}, {0x1F485, 0x1F487, 1}, {0x1F48F, 0x1F48F, 1}, {0x1F491, 0x1F491, 1},
		{0x1F4AA, 0x1F4AA, 1}, {0x1F574, 0x1F575, 1}, {0x1F57A, 0x1F57A, 1}, {0x1F590, 0x1F590, 1},
		{0x1F595, 0x1F596, 1}, {0x1F645, 0x1F647, 1}, {0x1F64B, 0x1F64F, 1}, {0x1F6A3, 0x1F6A3, 1},
		{0x1F6B4, 0x1F6B6, 1}, {0x1F6C0, 0x1F6C0, 1}, {0x1F6CC, 0x1F6CC, 1}, {0x1F90C, 0x1F90C, 1},
		{0x1F90F, 0x1F90F, 1}, {0x1F918, 0x1F91F, 1}, {0x1F926, 0x1F926, 1}, {0x1F930, 0x1F939, 1},
		{0x1F93C, 0x1F93E, 1}, {0x1F977, 0x1F977, 1}, {0x1F9B5, 0x1F9B6, 1}, {0x1F9B8, 0x1F9B9, 1},
		{0x1F9BB, 0x1F9BB, 1}, {0x1F9CD, 0x1F9CF, 1}, {0x1F9D1, 0x1F9DD, 1}, {0x1FAC3, 0x1FAC5, 1},
		{0x1FAF0, 0x1FAF8, 1},
	},
}
