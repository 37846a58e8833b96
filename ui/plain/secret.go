package plain

import (
	"slices"
	"strconv"
	"strings"

	"countersign/model"
)

// The answers to how a secret is given, beside those of the vault's generators.
const (
	typeIt  = "type"
	noneWay = "none"
)

// secret asks for a secret. What the vault can generate is generated unless
// somebody wants otherwise: then it never passes through this program.
func (f *form) secret(field model.Field) error {
	delete(f.draft.Secrets, field.Key)
	f.set(field, "")
	gens := field.Generators()
	if len(gens) == 0 {
		return f.typed(field)
	}
	var ways []string
	for _, g := range gens {
		ways = append(ways, string(g))
	}
	usual, _ := model.ParseGenerate(model.Generate{By: gens[0]}.Answer())
	if field.Kind == model.FieldTOTP {
		usual = model.Generate{} // a seed belongs to an account that is there already
	}
	for {
		question := field.Label + ", an empty line: " + usual.Words()
		if usual.None() {
			question = field.Label + ", an empty line for none"
		}
		answer, err := f.s.question("%s; or %s with a length, %s to type it, %s for none:", question, strings.Join(ways, ", "), typeIt, noneWay)
		if err != nil {
			return err
		}
		by, length, counted := strings.Cut(answer, " ")
		switch {
		case answer == "" && !usual.None():
			f.set(field, usual.Answer())
			return nil
		case answer == "" || answer == noneWay:
			return nil
		case answer == typeIt:
			return f.typed(field)
		case !slices.Contains(ways, by):
			f.s.out.say("%s is none of them.", by)
			continue
		}
		g, _ := model.ParseGenerate(model.Generate{By: model.Generator(by)}.Answer())
		if counted {
			if g.Length, err = strconv.Atoi(strings.TrimSpace(length)); err != nil {
				f.s.out.say("%s is no length.", length)
				continue
			}
		}
		if err := g.Validate(); err != nil {
			f.s.out.say("%s", err)
			continue
		}
		f.set(field, g.Answer())
		return nil
	}
}

// typed asks for a secret to be typed: in one line, or, where it may have several,
// in lines that a single dot ends.
func (f *form) typed(field model.Field) error {
	s := f.s
	for {
		show, hidden := s.hide()
		if !hidden {
			s.out.say("What you type can be seen here, and may stay on the screen.")
		}
		text, err := f.readSecret(field)
		show()
		if hidden {
			s.out.gap() // the end of the line was not shown either
		}
		if err != nil {
			clear(text)
			return err
		}
		// Validate takes a string; that copy goes with the garbage.
		if err := field.Validate(string(text)); err != nil {
			clear(text)
			s.out.say("%s", err)
			continue
		}
		if len(text) > 0 {
			f.draft.Secrets[field.Key] = text
		}
		return nil
	}
}

// readSecret reads what is typed. The caller wipes it, also with an error.
func (f *form) readSecret(field model.Field) ([]byte, error) {
	s := f.s
	if !field.Multiline() {
		s.out.write(label(field) + " ")
		l, err := s.in.next(s.ctx)
		switch {
		case err != nil:
			return nil, err
		case l.long:
			return nil, complain("that line was too long; nothing was done with it")
		case string(l.text) == leave:
			return nil, errNothing
		}
		return l.text, nil
	}
	s.out.say("%s The last line is a single dot.", label(field))
	var all []byte
	for {
		l, err := s.in.next(s.ctx)
		switch {
		case err != nil:
			return all, err
		case l.long:
			return all, complain("that line was too long; nothing was done with it")
		case string(l.text) == leave:
			return all, nil
		}
		grown := make([]byte, 0, len(all)+len(l.text)+1)
		if len(all) > 0 {
			grown = append(append(grown, all...), '\n')
		}
		grown = append(grown, l.text...)
		clear(all)
		clear(l.text)
		all = grown
	}
}

// hide keeps what is typed from being shown, and reports whether it does.
func (s *session) hide() (show func(), hidden bool) {
	if s.opt.Hide == nil {
		return func() {}, false
	}
	show, err := s.opt.Hide()
	if err != nil {
		return func() {}, false
	}
	return show, true
}
