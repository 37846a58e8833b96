package plain

import (
	"context"
	"errors"
	"slices"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/workflow"
)

// order asks for everything that an item needs, field by field as the catalog
// has them, shows what would be asked for, and orders it.
func (s *session) order(word string) error {
	items := slices.DeleteFunc(model.Catalog(), func(i model.Item) bool { return !i.Offered })
	item, ok := findItem(items, word)
	switch {
	case word == "":
		s.catalog(items)
		return nil
	case !ok:
		return complain("There is no item %s. order alone lists them.", word)
	case item.Searches() && s.svc.SearchMode() == model.SearchLive:
		return complain("That is answered at once: search %s WORDS.", item.Target)
	}
	s.out.say("%s. %s. A single dot leaves.", item.Name, item.Summary)
	f := &form{s: s, item: item, draft: workflow.Draft{Item: item.Key, Source: model.SourceConsole, Secrets: map[string][]byte{}}}
	defer f.wipe()
	for _, field := range item.Fields {
		if err := f.ask(field); err != nil {
			return err
		}
	}
	return f.send()
}

// catalog lists what can be ordered.
func (s *session) catalog(items []model.Item) {
	var in model.Category
	for i, item := range items {
		if item.Category != in {
			in = item.Category
			s.out.say("%s:", in)
		}
		s.out.say("%d. order %s: %s. %s", i+1, item.Key, item.Name, item.Summary)
	}
}

// findItem finds an item by its key, its name or its place in the list.
func findItem(items []model.Item, word string) (model.Item, bool) {
	keys, names := make([]string, len(items)), make([]string, len(items))
	for i, item := range items {
		keys[i], names[i] = string(item.Key), item.Name
	}
	for _, all := range [][]string{keys, names} {
		if i := indexOf(all, word); i >= 0 {
			return items[i], true
		}
	}
	return model.Item{}, false
}

// form is an order while it is filled in.
type form struct {
	s     *session
	item  model.Item
	draft workflow.Draft
	facts *model.RecordFacts // what the vault says of the target
}

// wipe forgets the secrets.
func (f *form) wipe() {
	for _, secret := range f.draft.Secrets {
		clear(secret)
	}
}

// set answers a field, or takes the answer back where there is none.
func (f *form) set(field model.Field, text string) {
	f.draft.Answers = slices.DeleteFunc(f.draft.Answers, func(a model.Answer) bool { return a.Field == field.Key })
	if text != "" {
		f.draft.Answers = append(f.draft.Answers, model.Answer{Field: field.Key, Value: text})
	}
}

// ask asks for a field until it will do.
func (f *form) ask(field model.Field) error {
	switch field.Key {
	case "record", "folder":
		return f.target(field)
	case "for":
		return f.recipient()
	case "right":
		return f.right()
	case "limit":
		return f.limit()
	case "justification":
		return f.text(field, func(text string) error { return model.ValidateJustification(text) }, func(text string) { f.draft.Justification = text })
	}
	switch {
	case field.Secret():
		return f.secret(field)
	case field.Kind == model.FieldRight:
		return f.choice(field, rightsFor(field))
	case field.Kind == model.FieldYesNo:
		return f.choice(field, []string{"yes", "no"})
	}
	return f.text(field, field.Validate, func(text string) { f.set(field, text) })
}

// rightsFor are the rights that a field offers.
func rightsFor(field model.Field) []string {
	var all []string
	for _, r := range model.RecordRights() {
		if field.Validate(string(r)) == nil {
			all = append(all, string(r))
		}
	}
	return all
}

// label is how a field is asked for.
func label(field model.Field) string {
	text := field.Label
	if field.Hint != "" {
		text += " (" + field.Hint + ")"
	}
	if !field.Required {
		text += ", or an empty line"
	}
	return text + ":"
}

// text asks for a text.
func (f *form) text(field model.Field, valid func(string) error, set func(string)) error {
	for {
		typed, err := f.s.question("%s", label(field))
		if err != nil {
			return err
		}
		if err := valid(typed); err != nil {
			f.s.out.say("%s", err)
			continue
		}
		set(typed)
		return nil
	}
}

// choice asks for one of a few answers, or none.
func (f *form) choice(field model.Field, names []string) error {
	for {
		typed, err := f.s.question("%s %s:", label(field), strings.Join(names, ", "))
		if err != nil {
			return err
		}
		if typed == "" {
			f.set(field, "")
			return nil
		}
		if i := indexOf(names, typed); i >= 0 {
			f.set(field, names[i])
			return nil
		}
		f.s.out.say("%s is none of them.", typed)
	}
}

// recipient asks who gets the access.
func (f *form) recipient() error {
	for {
		typed, err := f.s.question("For whom, an address, or an empty line for yourself, %s:", f.s.me.Email)
		if err != nil {
			return err
		}
		if typed == "" || f.s.me.Is(typed) {
			f.draft.For = ""
			return nil
		}
		if err := model.ValidateEmail(typed); err != nil {
			f.s.out.say("%s", err)
			continue
		}
		f.draft.For = typed
		return nil
	}
}

// right asks which right is wanted.
func (f *form) right() error {
	names := make([]string, len(f.item.Rights))
	for i, r := range f.item.Rights {
		names[i] = casepane.RightName(r)
		f.s.out.say("%d. %s", i+1, names[i])
	}
	for {
		typed, err := f.s.question("Rights, one of these by number or name:")
		if err != nil {
			return err
		}
		if i := indexOf(names, typed); i >= 0 {
			f.draft.Asked.Right = f.item.Rights[i]
			return nil
		}
		f.s.out.say("%s is none of them.", typed)
	}
}

// limit asks how long access is wanted.
func (f *form) limit() error {
	for {
		typed, err := f.s.question("How long, such as 4 h, 2 d, until 18:30, or permanent:")
		if err != nil {
			return err
		}
		limit, err := model.ParseTyped(typed, f.s.opt.Now(), f.s.opt.Zone)
		if err == nil && f.item.Key != model.ItemOneTimeShare {
			if err = limit.Validate(f.s.opt.Now()); err == nil {
				err = model.ValidateAccess(f.draft.Asked.Right, limit)
			}
		}
		if err != nil {
			f.s.out.say("%s", err)
			continue
		}
		f.draft.Asked.Limit = limit
		return nil
	}
}

// target asks which record or folder is meant: one that is searched, or one
// described in words.
func (f *form) target(field model.Field) error {
	optional := !field.Required
	if optional {
		typed, err := f.s.question("%s, yes to choose one, or an empty line to leave it to who carries it out:", field.Label)
		if err != nil {
			return err
		}
		if !strings.EqualFold(typed, "yes") {
			f.draft.Target = model.Target{}
			return nil
		}
	}
	h, err := f.s.choose(f.item.Target)
	switch {
	case errors.Is(err, errNoneFits):
		return f.described()
	case err != nil:
		return err
	}
	f.draft.Target = model.Target{Kind: h.Kind, UID: h.UID, Title: h.Title, Type: h.Type}
	facts, err := within(f.s, func(ctx context.Context) (model.RecordFacts, error) {
		return f.s.svc.Facts(ctx, f.s.me.ID, h.UID, false)
	})
	if err != nil {
		f.s.out.say("What you have now is not known: %s", err)
		return nil
	}
	f.facts = &facts
	f.s.out.text("Path", facts.Path)
	if f.item.Grants() && facts.Tells(f.s.me.Email) {
		f.s.out.fact("You have", casepane.Share(theme.Text, facts.Share(f.s.me.Email), f.s.opt.Now(), f.s.opt.Zone))
	}
	return nil
}

// described asks for words by which somebody else can find the target.
func (f *form) described() error {
	for {
		typed, err := f.s.question("Describe the %s in words, so that somebody else can find it:", f.item.Target)
		if err != nil {
			return err
		}
		if n := len([]rune(typed)); n < model.MinDescription || n > model.MaxDescription {
			f.s.out.say("From %d to %d characters.", model.MinDescription, model.MaxDescription)
			continue
		}
		f.draft.Target = model.Target{Kind: f.item.Target, Described: typed}
		return nil
	}
}
