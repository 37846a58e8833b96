package plain

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/widget"
	"countersign/workflow"
)

// errNoneFits says that somebody found nothing that they meant.
var errNoneFits = errors.New("none of them fits")

// search finds records or folders by words of their titles.
func (s *session) search(args string) error {
	kind, words, _ := strings.Cut(args, " ")
	switch model.TargetKind(kind) {
	case model.TargetRecord, model.TargetFolder:
	default:
		return complain("Say what is looked for: search record WORDS, or search folder WORDS.")
	}
	_, err := s.found(model.TargetKind(kind), words)
	return err
}

// found prints what the worker's index has for some words.
func (s *session) found(kind model.TargetKind, text string) ([]model.Hit, error) {
	a, err := within(s, func(ctx context.Context) (workflow.SearchAnswer, error) {
		return s.svc.Search(ctx, s.me.ID, text, kind)
	})
	if err != nil {
		return nil, err
	}
	hits := a.Hits[:min(len(a.Hits), pageRows)]
	for i, h := range hits {
		about := ""
		if h.Nested {
			about = "of a kind that cannot be shared"
		}
		s.out.row(i+1, foreign(h.Title), foreign(h.Type), foreign(h.Description), foreign(string(h.UID)), words(about))
	}
	switch {
	case len(hits) == 0:
		s.out.say("No %s fits.", kind)
	case a.Total > len(hits):
		s.out.say("%d of %d; more words find fewer.", len(hits), a.Total)
	}
	if age := s.opt.Now().Sub(a.Built); !a.Built.IsZero() && age >= staleAfter {
		s.out.say("The titles were read %s ago.", widget.Age(age))
	}
	return hits, nil
}

// staleAfter is how old titles are when that is said.
const staleAfter = 30 * time.Minute

// choose has the person find a record or folder and choose it. errNoneFits says
// that they would rather describe it.
func (s *session) choose(kind model.TargetKind) (model.Hit, error) {
	for {
		text, err := s.question("Search the %ss: words of its title or its UID, or an empty line if you cannot find it:", kind)
		if err != nil {
			return model.Hit{}, err
		}
		if text == "" {
			return model.Hit{}, errNoneFits
		}
		hits, err := s.found(kind, text)
		if err != nil {
			s.trouble(err)
			continue
		}
		if len(hits) == 0 {
			continue
		}
		h, err := s.chosen(hits)
		if err != nil || h.UID != "" {
			return h, err
		}
	}
}

// chosen asks which of the hits is meant; the zero value means another search.
func (s *session) chosen(hits []model.Hit) (model.Hit, error) {
	for {
		typed, err := s.question("Which one, by its row, or an empty line to search again:")
		if err != nil || typed == "" {
			return model.Hit{}, err
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 || n > len(hits) {
			s.out.say("There is no row %s.", typed)
			continue
		}
		h := hits[n-1]
		if h.Nested {
			s.out.say("That cannot be shared by this service.")
			continue
		}
		return h, nil
	}
}
