package vaultsim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// option describes one option of a command as its parser declares it.
type option struct {
	names   []string // as declared: "-e", "--email"
	flag    bool     // takes no value
	choices []string
	group   string // options of one group exclude one another
}

// dest is the name under which the values are kept: the first long name, else the first name.
func (o option) dest() string {
	for _, n := range o.names {
		if strings.HasPrefix(n, "--") {
			return n[2:]
		}
	}
	return strings.TrimLeft(o.names[0], "-")
}

func (o option) display() string {
	return strings.Join(o.names, "/")
}

// positional describes one positional argument: how many words it takes, max -1 for any number.
type positional struct {
	name     string
	min, max int
}

// parser understands arguments as Python's argparse does, as far as Commander's commands make use of it
// (PROTOCOL 7.5).
type parser struct {
	options     []option
	positionals []positional
	exact       bool // no abbreviated long options, as record-add
}

// arguments are the parsed words of one command.
type arguments struct {
	values map[string][]string // options by dest, positionals by name
	seen   map[string]bool
	help   bool
}

func (a arguments) has(dest string) bool { return a.seen[dest] }

// last returns the last value given for a dest, "" when none was given.
func (a arguments) last(dest string) string {
	if v := a.values[dest]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// argumentError is what argparse says about arguments it does not accept. Commander logs the text and goes
// on as if the command had run.
type argumentError string

func (e argumentError) Error() string { return string(e) }

var negativeNumber = regexp.MustCompile(`^-\d+$|^-\d*\.\d+$`)

// match is how argparse reads one word that begins with a dash.
type match struct {
	opt      *option
	spelled  string
	explicit string
	joined   bool // a value came with the option, after = or directly after a short name
}

// run holds the state of one parse.
type run struct {
	parser *parser
	words  []string
	class  []byte // per word: O option, A argument, - the double dash
	opts   map[int]match
	args   arguments
	extras []string
	todo   []positional
	groups map[string]option
}

// parse reads the words. The error is an argumentError.
func (p *parser) parse(words []string) (arguments, error) {
	r := &run{
		parser: p, words: words, class: make([]byte, len(words)), opts: map[int]match{},
		args:   arguments{values: map[string][]string{}, seen: map[string]bool{}},
		todo:   p.positionals,
		groups: map[string]option{},
	}
	if err := r.classify(); err != nil {
		return arguments{}, err
	}
	if err := r.consume(); err != nil || r.args.help {
		return r.args, err
	}
	var missing []string
	for _, pos := range r.todo {
		if pos.min > 0 {
			missing = append(missing, pos.name)
		}
	}
	for _, o := range p.options {
		if o.group == "required" && !r.args.seen[o.dest()] {
			missing = slices.Insert(missing, 0, o.display())
		}
	}
	if len(missing) > 0 {
		return arguments{}, argumentError("the following arguments are required: " + strings.Join(missing, ", "))
	}
	if len(r.extras) > 0 {
		return arguments{}, argumentError("unrecognized arguments: " + strings.Join(r.extras, " "))
	}
	return r.args, nil
}

func (r *run) classify() error {
	for i := 0; i < len(r.words); i++ {
		if r.words[i] == "--" {
			r.class[i] = '-'
			for i++; i < len(r.words); i++ {
				r.class[i] = 'A'
			}
			return nil
		}
		m, isOption, err := r.parser.look(r.words[i])
		if err != nil {
			return err
		}
		r.class[i] = 'A'
		if isOption {
			r.class[i] = 'O'
			r.opts[i] = m
		}
	}
	return nil
}

func (p *parser) find(name string) *option {
	if name == "-h" || name == "--help" {
		return &option{names: []string{"-h", "--help"}, flag: true}
	}
	for i := range p.options {
		if slices.Contains(p.options[i].names, name) {
			return &p.options[i]
		}
	}
	return nil
}

// look decides whether a word is an option, and which.
func (p *parser) look(word string) (match, bool, error) {
	if len(word) < 2 || word[0] != '-' {
		return match{}, false, nil
	}
	if o := p.find(word); o != nil {
		return match{opt: o, spelled: word}, true, nil
	}
	name, value, joined := strings.Cut(word, "=")
	if o := p.find(name); joined && o != nil {
		return match{opt: o, spelled: name, explicit: value, joined: true}, true, nil
	}
	candidates := p.abbreviations(word)
	switch {
	case len(candidates) == 1:
		return candidates[0], true, nil
	case len(candidates) > 1:
		names := make([]string, len(candidates))
		for i, c := range candidates {
			names[i] = c.spelled
		}
		return match{}, false, argumentError(fmt.Sprintf("ambiguous option: %s could match %s", word, strings.Join(names, ", ")))
	case negativeNumber.MatchString(word), strings.Contains(word, " "):
		return match{}, false, nil
	}
	return match{spelled: word}, true, nil
}

func (p *parser) abbreviations(word string) []match {
	var found []match
	each := func(f func(o *option, name string)) {
		f(p.find("-h"), "-h")
		f(p.find("-h"), "--help")
		for i := range p.options {
			for _, n := range p.options[i].names {
				f(&p.options[i], n)
			}
		}
	}
	if strings.HasPrefix(word, "--") {
		if p.exact {
			return nil
		}
		prefix, value, joined := strings.Cut(word, "=")
		each(func(o *option, name string) {
			if strings.HasPrefix(name, prefix) {
				found = append(found, match{opt: o, spelled: name, explicit: value, joined: joined})
			}
		})
		return found
	}
	each(func(o *option, name string) {
		switch {
		case name == word[:2]:
			found = append(found, match{opt: o, spelled: name, explicit: word[2:], joined: true})
		case strings.HasPrefix(name, word):
			found = append(found, match{opt: o, spelled: name})
		}
	})
	return found
}

func (r *run) consume() error {
	last := -1
	for i := range r.opts {
		last = max(last, i)
	}
	at := 0
	for at <= last {
		next := at
		for r.class[next] != 'O' {
			next++
		}
		if next > at {
			at = r.takePositionals(at)
			if at < next {
				r.extras = append(r.extras, r.words[at:next]...)
				at = next
			}
			continue
		}
		var err error
		if at, err = r.takeOption(at); err != nil || r.args.help {
			return err
		}
	}
	at = r.takePositionals(at)
	r.extras = append(r.extras, r.words[at:]...)
	return nil
}

// takePositionals gives the words from at on to as many of the remaining positionals as they satisfy and
// returns the index behind them.
func (r *run) takePositionals(at int) int {
	end := at
	for end < len(r.words) && r.class[end] != 'O' {
		end++
	}
	block := r.words[at:end]
	dash := slices.Index(r.class[at:end], '-')
	if dash >= 0 {
		block = slices.Delete(slices.Clone(block), dash, dash+1)
	}
	for n := len(r.todo); n > 0; n-- {
		need := 0
		for _, pos := range r.todo[:n] {
			need += pos.min
		}
		if need > len(block) {
			continue
		}
		used := 0
		for _, pos := range r.todo[:n] {
			need -= pos.min
			take := len(block) - used - need
			if pos.max >= 0 {
				take = min(take, pos.max)
			}
			r.args.values[pos.name] = block[used : used+take]
			used += take
		}
		r.todo = r.todo[n:]
		if dash >= 0 && dash <= used {
			used++
		}
		return at + used
	}
	return at
}

func (r *run) takeOption(at int) (int, error) {
	m := r.opts[at]
	for {
		if m.opt == nil {
			r.extras = append(r.extras, r.words[at])
			return at + 1, nil
		}
		if !m.joined {
			break
		}
		if !m.opt.flag && m.explicit == "--" {
			// argparse takes the double dash for its own and leaves the option without a value.
			return at + 1, r.store(*m.opt)
		}
		if !m.opt.flag {
			return at + 1, r.store(*m.opt, m.explicit)
		}
		// Flags can be run together behind one dash: -fw.
		if strings.HasPrefix(m.spelled, "--") || m.explicit == "" {
			return 0, argumentError(fmt.Sprintf("argument %s: ignored explicit argument '%s'", m.opt.display(), m.explicit))
		}
		if err := r.store(*m.opt); err != nil {
			return 0, err
		}
		next := r.parser.find("-" + m.explicit[:1])
		if next == nil {
			return 0, argumentError(fmt.Sprintf("argument %s: ignored explicit argument '%s'", m.opt.display(), m.explicit))
		}
		m = match{opt: next, spelled: "-" + m.explicit[:1], explicit: m.explicit[1:], joined: len(m.explicit) > 1}
	}
	if m.opt.flag {
		return at + 1, r.store(*m.opt)
	}
	if at+1 >= len(r.words) || r.class[at+1] != 'A' {
		return 0, argumentError(fmt.Sprintf("argument %s: expected one argument", m.opt.display()))
	}
	return at + 2, r.store(*m.opt, r.words[at+1])
}

func (r *run) store(o option, value ...string) error {
	dest := o.dest()
	if dest == "help" {
		r.args.help = true
		return nil
	}
	if o.group != "" && o.group != "required" {
		if other, taken := r.groups[o.group]; taken && other.dest() != dest {
			return argumentError(fmt.Sprintf("argument %s: not allowed with argument %s", o.display(), other.display()))
		}
		r.groups[o.group] = o
	}
	if len(value) > 0 && o.choices != nil && !slices.Contains(o.choices, value[0]) {
		return argumentError(fmt.Sprintf("argument %s: invalid choice: %s (choose from %s)",
			o.display(), pyQuote(value[0]), quotedList(o.choices)))
	}
	r.args.seen[dest] = true
	r.args.values[dest] = append(r.args.values[dest], value...)
	return nil
}

func quotedList(items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = pyQuote(s)
	}
	return strings.Join(quoted, ", ")
}

// pyQuote gives a string as Python's repr does for ordinary text.
func pyQuote(s string) string {
	s = strings.ReplaceAll(s, `\`, `\\`)
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
}
