package answer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// Secret asks for an answer that is sealed. Where the vault can generate it,
// that comes first: then it never passes through this program.
type Secret struct {
	o      Options
	field  model.Field
	ways   *widget.Chips
	length narrow // of what is generated
	typed  *sealedField
	path   *widget.Input // of a file that holds it
	file   *keyFile      // what was read from it
	// Applies, if set, says whether it can be asked for as the form stands.
	Applies func() bool
}

// narrow is a field for a number.
type narrow struct{ *widget.Input }

// SetWidth implements widget.Field.
func (n narrow) SetWidth(width int) { n.Input.SetWidth(min(width, 4)) }

// The ways to give a secret beside those in which the vault generates it.
const (
	wayNone  = "none"
	wayTyped = "typed"
	wayFile  = "file"
	wayKept  = "kept"
)

func newSecret(o Options, field model.Field) *Secret {
	a := &Secret{o: o, field: field, length: narrow{widget.NewInput(o.Env.Theme, widget.InputOptions{Bare: true})}, file: &keyFile{}}
	a.typed = newSealedField(o.Env.Theme, field)
	a.path = widget.NewInput(o.Env.Theme, widget.InputOptions{Placeholder: "~/.ssh/id_ed25519"})
	type named struct {
		by    model.Generator
		label string
	}
	var chips []widget.Choice
	for _, g := range []named{{model.GenRandom, "generated"}, {model.GenWords, "generated: words"}, {model.GenEd25519, "Ed25519"},
		{model.GenRSA, "RSA"}, {model.GenEC, "elliptic curve"}, {model.GenCode, "generated"}} {
		if slices.Contains(field.Generators(), g.by) {
			chips = append(chips, widget.Choice{ID: string(g.by), Label: g.label})
		}
	}
	first := wayTyped
	switch field.Kind {
	case model.FieldTOTP: // most logins have none
		chips = append([]widget.Choice{{ID: wayNone, Label: "none"}, {ID: wayTyped, Label: "pasted"}}, chips...)
		first = wayNone
	case model.FieldKeyPair:
		chips = append(chips, widget.Choice{ID: wayTyped, Label: "pasted"})
		if o.Files {
			chips = append(chips, widget.Choice{ID: wayFile, Label: "from a file"})
		}
		first = chips[0].ID
	default:
		chips = append(chips, widget.Choice{ID: wayTyped, Label: "typed"})
		if len(field.Generators()) > 0 {
			first = chips[0].ID
			chips = append(chips, widget.Choice{ID: wayNone, Label: "none"})
		}
	}
	if o.Keeps && len(field.Generators()) > 0 {
		first = wayKept
		chips = append([]widget.Choice{{ID: wayKept, Label: "as it is"}}, chips...)
	}
	a.ways = widget.NewChips(o.Env.Theme, chips, first)
	a.length.SetValue(strconv.Itoa(model.DefaultRandom))
	return a
}

// way is how the secret is given.
func (a *Secret) way() string { return a.ways.Value() }

// chooses reports whether there is more than one way.
func (a *Secret) chooses() bool { return len(a.field.Generators()) > 0 }

// KeyPair reports whether a key pair is asked for, and Brings whether one is
// brought, so that it may have a passphrase.
func (a *Secret) KeyPair() bool { return a.field.Kind == model.FieldKeyPair }

// Brings reports whether the secret is typed, pasted or read from a file.
func (a *Secret) Brings() bool { return a.way() == wayTyped || a.way() == wayFile }

func (a *Secret) off() bool { return a.Applies != nil && !a.Applies() }

// counted reports whether what is generated has a length.
func (a *Secret) counted() bool {
	return a.way() == string(model.GenRandom) || a.way() == string(model.GenWords)
}

func (a *Secret) Rows() []widget.FormItem {
	label := a.field.Label
	if a.chooses() {
		label = ""
	}
	typedHint := widget.Hint("sealed as you leave the field; enter makes a new line")
	if !a.field.Multiline() {
		typedHint = widget.Hint("sealed as you leave the field")
	}
	if hint := optionally(a.field); hint != "" && !a.chooses() {
		typedHint = widget.Hint(hint)
	} else if a.field.Kind == model.FieldTOTP {
		typedHint = widget.Hint(a.field.Hint)
	}
	rows := []widget.FormItem{
		{Label: a.field.Label, Field: a.ways, Hint: a.hint, Hidden: func() bool { return a.off() || !a.chooses() }},
		{Label: "Length", Field: a.length, Hint: a.lengthHint, Check: a.wrongLength, Hidden: func() bool { return a.off() || !a.counted() }},
		{Label: label, Field: a.typed, Hint: func() widget.Line {
			if a.typed.held != nil {
				return nil
			}
			return typedHint()
		}, Check: a.problem, Hidden: func() bool { return a.off() || a.way() != wayTyped }},
	}
	if a.field.Kind == model.FieldKeyPair && a.o.Files {
		rows = append(rows, widget.FormItem{Label: "File", Field: a.path, Hint: a.fileHint, Check: a.wrongFile,
			Hidden: func() bool { return a.off() || a.way() != wayFile }})
	}
	return rows
}

// hint says what becomes of the way that is chosen.
func (a *Secret) hint() widget.Line {
	switch a.way() {
	case wayKept:
		return widget.Words(theme.Faint, "nothing of it is changed")
	case wayNone:
		return widget.Words(theme.Faint, "the record gets none")
	case wayTyped, wayFile:
		return widget.Words(theme.Faint, "only the worker can read it")
	}
	return widget.Words(theme.Faint, "generated in the vault: nobody here sees it")
}

func (a *Secret) lengthHint() widget.Line {
	if a.way() == string(model.GenWords) {
		return widget.Words(theme.Faint, fmt.Sprintf("words, %d to %d", model.MinWords, model.MaxWords))
	}
	return widget.Words(theme.Faint, fmt.Sprintf("characters, %d to %d", model.MinRandom, model.MaxRandom))
}

// made is what the vault is asked to generate.
func (a *Secret) made() model.Generate {
	g := model.Generate{By: model.Generator(a.way())}
	if a.counted() {
		g.Length, _ = strconv.Atoi(strings.TrimSpace(a.length.Value()))
	}
	return g
}

func (a *Secret) wrongLength() string { return plain(a.made().Validate()) }

// problem is why what was typed will not do, "" if it does.
func (a *Secret) problem() string {
	switch {
	case a.typed.held != nil:
		return ""
	case a.typed.value() != "":
		return plain(a.field.Validate(a.typed.value()))
	case a.chooses():
		return "give it, or let the vault generate it"
	}
	return plain(a.field.Validate(""))
}

func (a *Secret) Fields() []widget.Field {
	return []widget.Field{a.typed, a.path, a.length, a.ways}
}

func (a *Secret) Answer() string {
	switch a.way() {
	case wayNone, wayTyped, wayFile, wayKept:
		return ""
	}
	if a.off() {
		return ""
	}
	return a.made().Answer()
}

func (a *Secret) Sealed() bool {
	switch {
	case a.off():
		return false
	case a.way() == wayFile:
		return a.file.held != nil
	}
	return a.way() == wayTyped && (a.typed.held != nil || a.typed.value() != "")
}

func (a *Secret) Secret() []byte {
	switch {
	case !a.Sealed():
		return nil
	case a.way() == wayFile:
		return slices.Clone(a.file.held)
	case a.typed.held != nil:
		return slices.Clone(a.typed.held)
	}
	return []byte(a.typed.value())
}

func (a *Secret) Given() bool {
	if a.o.Keeps && a.chooses() && !a.Brings() {
		return a.way() != wayKept
	}
	if a.way() == wayFile {
		return a.path.Value() != ""
	}
	return a.way() == wayTyped && (a.typed.held != nil || a.typed.value() != "")
}

// Without reports whether the record is to get none although the vault would
// generate one by default, and SetWithout says so.
func (a *Secret) Without() bool { return a.way() == wayNone && a.generates() }

func (a *Secret) SetWithout() {
	if a.generates() {
		a.ways.Take(wayNone)
	}
}

// SetTyped asks for the secret to be typed, or pasted: one of before was, and is
// not to be replaced by a generated one unseen.
func (a *Secret) SetTyped() { a.ways.Take(wayTyped) }

// generates reports whether the vault generates a value unless told otherwise.
func (a *Secret) generates() bool { return a.chooses() && a.field.Kind == model.FieldSecret }

// set fills in how it was to be generated; a secret of before is not known.
func (a *Secret) Set(text string) {
	g, ok := model.ParseGenerate(text)
	if !ok || !a.field.CanGenerate(g) {
		return
	}
	a.ways.Take(string(g.By))
	if g.Length > 0 {
		a.length.SetValue(strconv.Itoa(g.Length))
	}
}

// Turned follows a change between ways: words and characters are counted
// differently.
func (a *Secret) Turned() {
	n, err := strconv.Atoi(a.length.Value())
	switch {
	case err != nil:
	case a.way() == string(model.GenWords) && n == model.DefaultRandom:
		a.length.SetValue(strconv.Itoa(model.DefaultWords))
	case a.way() == string(model.GenRandom) && n == model.DefaultWords:
		a.length.SetValue(strconv.Itoa(model.DefaultRandom))
	}
}

func (a *Secret) Wipe() {
	a.typed.wipe()
	a.file.wipe()
}
