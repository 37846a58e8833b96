package model

import "strings"

// Word is one argument of a command line.
type Word struct {
	Text string // what the program gets, without quotation marks
	// Raw is its piece of the line, up to the next argument's: the pieces of all
	// words, one behind the other, are the line.
	Raw string
}

// Command is a command line as a person reads it: one argument a line.
type Command struct {
	Windows bool
	Words   []Word
	// Doubt says, in words of ours, why the machine may read the line otherwise; ""
	// if there is no reason to think so.
	Doubt string
}

// Args are the texts of the words.
func (c Command) Args() []string {
	args := make([]string, len(c.Words))
	for i, w := range c.Words {
		args[i] = w.Text
	}
	return args
}

// Why a command line may be read otherwise than it is cut.
const (
	doubtOpen   = "a quotation is not closed"
	doubtEscape = "a backslash at the end has nothing behind it"
	doubtTwo    = "Windows programs read the quotation marks of this line in two ways"
)

// CommandOf cuts the command line of a request by the rules of the platform that
// its path and file name speak of. It has no words if none is reported.
func CommandOf(e EndpointRequest) Command {
	line, _ := e.Fact(GroupApplication, KeyCommand)
	if !e.Windows() {
		return CutCommand(line, false)
	}
	// Windows reads the program's own name by a simpler rule than the rest. The
	// service usually reports the arguments alone.
	file, _ := e.Fact(GroupApplication, KeyFile)
	program, n := windowsProgram(line)
	if !sameFile(program, file) {
		return CutCommand(line, true)
	}
	c := CutCommand(line[n:], true)
	if len(c.Words) == 0 {
		n = len(line)
	}
	c.Words = append([]Word{{program, line[:n]}}, c.Words...)
	return c
}

// SplitCommand returns the arguments of a command line as the platform's programs
// get them: by the rules of CommandLineToArgvW for what follows the program's name,
// or as the POSIX shell cuts words, where nothing is expanded and operators such as
// ; or | stay the characters that they are in an argument list.
func SplitCommand(line string, windows bool) []string { return CutCommand(line, windows).Args() }

// CutCommand is SplitCommand with the piece of the line that each argument comes
// from, and with the doubts about it.
func CutCommand(line string, windows bool) Command {
	if !windows {
		words, doubt := cutPOSIX(line)
		return Command{Words: words, Doubt: doubt}
	}
	words, closed := cutWindows(line, false)
	c := Command{Windows: true, Words: words}
	if !closed {
		c.Doubt = doubtOpen
		return c
	}
	other, _ := cutWindows(line, true)
	if !sameTexts(words, other) {
		c.Doubt = doubtTwo
	}
	return c
}

func sameTexts(a, b []Word) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Text != b[i].Text {
			return false
		}
	}
	return true
}

// cutter gathers words together with their pieces of a line.
type cutter struct {
	line    string
	words   []Word
	word    strings.Builder
	started bool
	from    int // where the piece of the present word begins
}

func (c *cutter) letter(b byte) {
	c.word.WriteByte(b)
	c.started = true
}

// end ends the word before position at, if there is one.
func (c *cutter) end(at int) {
	if !c.started {
		return
	}
	c.words = append(c.words, Word{c.word.String(), c.line[c.from:at]})
	c.word.Reset()
	c.started, c.from = false, at
}

// all ends the last word and gives it what is left of the line.
func (c *cutter) all() []Word {
	c.end(len(c.line))
	if n := len(c.words); n > 0 {
		c.words[n-1].Raw += c.line[c.from:]
	}
	return c.words
}

func cutPOSIX(line string) (words []Word, doubt string) {
	c := cutter{line: line}
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		b := line[i]
		next := i+1 < len(line)
		switch {
		case quote == '\'' && b != '\'':
			c.letter(b)
		case quote == '"' && b == '\\' && next && strings.IndexByte("$`\"\\", line[i+1]) >= 0:
			i++
			c.letter(line[i])
		case quote != 0 && b == quote:
			quote = 0
		case quote != 0:
			c.letter(b)
		case b == '\'' || b == '"':
			quote, c.started = b, true
		case b == '\\' && next:
			i++
			c.letter(line[i])
		case b == '\\':
			c.letter(b)
			doubt = doubtEscape
		case b == ' ' || b == '\t' || b == '\n':
			c.end(i)
		default:
			c.letter(b)
		}
	}
	if quote != 0 {
		doubt = doubtOpen
	}
	return c.all(), doubt
}

// cutWindows cuts the arguments behind a program's name. Backslashes count only
// before a quotation mark, where each pair is one and an odd one makes the mark a
// letter. Of two marks inside a quotation, CommandLineToArgvW makes a letter and
// ends the quotation; Microsoft's C runtime goes on with it (stays). closed is false
// if the last quotation is not ended.
func cutWindows(line string, stays bool) (words []Word, closed bool) {
	c := cutter{line: line}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == '\\':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], `\`))
			i += n - 1
			mark := i+1 < len(line) && line[i+1] == '"'
			if mark && n%2 == 1 {
				i++
			}
			if mark {
				n /= 2
			}
			c.word.WriteString(strings.Repeat(`\`, n))
			c.started = true
			if mark && line[i] == '"' {
				c.letter('"')
			}
		case b == '"' && quoted && i+1 < len(line) && line[i+1] == '"':
			i++
			c.letter('"')
			quoted = stays
		case b == '"':
			quoted, c.started = !quoted, true
		case (b == ' ' || b == '\t') && !quoted:
			c.end(i)
		default:
			c.letter(b)
		}
	}
	return c.all(), !quoted
}

// windowsProgram takes the program's name from the front of a whole command line:
// quotation marks hold it together and are dropped, backslashes are letters. n is
// how much of the line it takes, with the blank behind it.
func windowsProgram(line string) (program string, n int) {
	var name strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case b == '"':
			quoted = !quoted
		case (b == ' ' || b == '\t') && !quoted:
			return name.String(), i + 1
		default:
			name.WriteByte(b)
		}
	}
	return name.String(), len(line)
}
