package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

// foundJSON is the answer to a search.
type foundJSON struct {
	Kind  model.TargetKind `json:"kind"`
	Words string           `json:"words"`
	Total int              `json:"total"` // how many fit; hits may hold fewer
	Built time.Time        `json:"built,omitzero"`
	Hits  []hitJSON        `json:"hits"`
}

type hitJSON struct {
	UID         model.UID        `json:"uid"`
	Kind        model.TargetKind `json:"kind"`
	Title       string           `json:"title"`
	Type        string           `json:"type,omitempty"`
	Description string           `json:"description,omitempty"`
	Nested      bool             `json:"nested,omitempty"` // of a kind that cannot be shared
}

func (a *app) searchCommand() *cobra.Command {
	return group("search", "Search the titles of the vault", `Search the titles of the vault, as the worker has read them last. What is searched
never reaches the vault. Which titles you see is the configuration's.`,
		a.searchKindCommand(model.TargetRecord, "Find records by words of their titles, or by UID"),
		a.searchKindCommand(model.TargetFolder, "Find shared folders by words of their names, or by UID"))
}

func (a *app) searchKindCommand(kind model.TargetKind, short string) *cobra.Command {
	var refresh, asJSON bool
	cmd := &cobra.Command{Use: string(kind) + " WORDS...", Short: short, Args: atLeast("WORDS"),
		Example: "countersign search " + string(kind) + " prod db --json"}
	cmd.Flags().BoolVar(&refresh, "refresh", false, "read the titles from the vault first, which may take a while")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			words := strings.Join(args, " ")
			found, err := q.svc.Search(ctx, me.ID, words, kind)
			if err == nil && refresh {
				found, err = a.searchAgain(ctx, q, me, words, kind, found.Built)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, foundJSON{kind, words, found.Total, moment(found.Built), each(found.Hits, hitOf)})
			}
			return a.printFound(kind, found)
		})
	})
	return cmd
}

func hitOf(h model.Hit) hitJSON {
	return hitJSON{h.UID, h.Kind, h.Title, h.Type, h.Description, h.Nested}
}

// searchAgain has the worker read the titles and waits for them.
func (a *app) searchAgain(ctx context.Context, q *queue, me model.Actor, words string, kind model.TargetKind, before time.Time) (workflow.SearchAnswer, error) {
	if err := q.svc.RefreshIndex(ctx, me.ID); err != nil {
		return workflow.SearchAnswer{}, err
	}
	ticker := time.NewTicker(refreshLook)
	defer ticker.Stop()
	for {
		found, err := q.svc.Search(ctx, me.ID, words, kind)
		if err != nil || found.Built.After(before) {
			return found, err
		}
		if away := troubleWith(q.svc.Health(ctx)); away != nil {
			return found, away
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-ticker.C:
		}
	}
}

// refreshLook is how often is looked whether the titles are read.
const refreshLook = 200 * time.Millisecond

func (a *app) printFound(kind model.TargetKind, found workflow.SearchAnswer) error {
	t := table{head: []string{"UID", "TITLE", "TYPE", "DESCRIPTION"}}
	for _, h := range found.Hits {
		about := h.Description
		if h.Nested {
			about = "of a kind that cannot be shared; " + about
		}
		t.add(string(h.UID), h.Title, h.Type, about)
	}
	if err := t.print(a.Out); err != nil {
		return err
	}
	age := "the titles have not been read yet"
	if !found.Built.IsZero() {
		age = fmt.Sprintf("titles as of %s, %s ago", a.clock(found.Built), model.FormatDuration(a.Now().Sub(found.Built)))
	}
	_, err := fmt.Fprintf(a.Err, "%d of %d %ss; %s\n", len(found.Hits), found.Total, kind, age)
	return err
}
