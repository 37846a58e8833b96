package workflow

import (
	"context"
	"maps"
	"slices"

	"countersign/model"
	"countersign/store"
)

// scope is which titles somebody may see (DESIGN 5).
type scope struct {
	records, folders bool // every one of the kind, to carry requests out
	titles           model.Titles
	groups           []model.GroupName
}

// everything is the scope of the program itself, for somebody whom a verb allowed to
// see what it looks at.
func everything() scope { return scope{titles: model.TitlesAll} }

// every reports whether every title of a kind may be seen.
func (s scope) every(kind model.TargetKind) bool {
	switch {
	case s.titles == model.TitlesAll:
		return true
	case kind == model.TargetRecord:
		return s.records
	case kind == model.TargetFolder:
		return s.folders
	}
	return s.records && s.folders
}

// titles are those that people see who neither administer nor fulfil.
func (s *Service) titles() model.Titles {
	if s.settings.Portal.Visible == "" {
		return model.TitlesAll
	}
	return s.settings.Portal.Visible
}

// fulfils reports whether somebody carries out requests about things of a kind, or
// of any kind for TargetNone.
func (s *Service) fulfils(a model.Actor, kind model.TargetKind) bool {
	if a.Has(model.RoleAdmin) {
		return true
	}
	return slices.ContainsFunc(model.Catalog(), func(item model.Item) bool {
		return (kind == model.TargetNone || item.Target == kind) &&
			slices.ContainsFunc(s.settings.policies(item.Key), func(p model.Policy) bool { return a.In(p.FulfilGroup) })
	})
}

// searches is the scope of somebody's searches. Where people do not search by
// themselves, they find nothing but what they fulfil requests about.
func (s *Service) searches(a model.Actor) scope {
	may := scope{records: s.fulfils(a, model.TargetRecord), folders: s.fulfils(a, model.TargetFolder), titles: s.titles(), groups: a.Groups}
	if s.SearchMode() != model.SearchLive {
		may.titles = model.TitlesNone
	}
	return may
}

// maySearch says why somebody does not search by themselves, nil if they do.
func (s *Service) maySearch(a model.Actor, kind model.TargetKind) error {
	switch mode := s.SearchMode(); {
	case mode == model.SearchLive, s.fulfils(a, kind):
		return nil
	case mode == model.SearchByRequest:
		return &model.Denied{Code: model.DenyRole,
			Reason: "nobody searches the vault by themselves here: order a search from the catalog, or describe what you need in words"}
	}
	return errSearchOff()
}

func errSearchOff() error {
	return &model.Denied{Code: model.DenyRole, Reason: "the vault is not searched here: describe what you need in words, or give its UID"}
}

// seesAll reports whether somebody may know everything about a record or folder,
// also who else has it: who administers, who carries out requests about such things,
// and who decides or carries out one about this very thing.
func (s *Service) seesAll(tx *store.Tx, a model.Actor, uid model.UID, kind model.TargetKind) (bool, error) {
	if s.fulfils(a, model.TargetRecord) && s.fulfils(a, model.TargetFolder) || kind != model.TargetNone && s.fulfils(a, kind) {
		return true, nil
	}
	var seats []model.GroupName
	if a.Has(model.RoleApprover) {
		seats = slices.Clone(a.Groups)
		for _, p := range a.For {
			seats = append(seats, p.Groups...)
		}
	}
	if len(seats)+len(a.Groups) == 0 {
		return false, nil
	}
	return tx.Concerns(uid, a.Person, seats, a.Groups)
}

// showFolders lets the members of each group see what lies in their folders, where
// policy names folders. What cannot be read is shown to nobody who sees it by such a
// folder alone.
func (w *Worker) showFolders(ctx context.Context, x *index) {
	portal := w.svc.settings.Portal
	if w.svc.titles() != model.TitlesInFolders {
		return
	}
	inside := map[model.UID][]model.UID{}
	for _, group := range slices.Sorted(maps.Keys(portal.Folders)) {
		for _, folder := range portal.Folders[group] {
			uids, read := inside[folder]
			if !read {
				var err error
				if uids, err = w.inside(ctx, folder); err != nil && ctx.Err() == nil {
					w.log.Warn("a folder could not be read; nobody sees the titles in it because of their group", "folder", string(folder), "error", err)
				}
				inside[folder] = uids
			}
			x.show(group, uids)
		}
	}
}

// inside lists a folder and the records in it.
func (w *Worker) inside(ctx context.Context, folder model.UID) ([]model.UID, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	uids, err := w.vault.Inside(ctx, folder)
	if err != nil {
		return nil, err
	}
	return append(uids, folder), nil
}

// searchFor answers a search of somebody, of the program itself for "".
func (w *Worker) searchFor(ctx context.Context, q question) (reply, error) {
	may := everything()
	if q.Actor != "" {
		err := w.db.Read(ctx, func(tx *store.Tx) error {
			a, err := actor(tx, q.Actor)
			may = w.svc.searches(a)
			return err
		})
		if err != nil {
			return reply{}, err
		}
	}
	answer, err := w.search(ctx, q.Text, q.Kind, may)
	return reply{Search: answer}, err
}

// factsFor answers a question of somebody about one record or folder, of the program
// itself for "". One that they may not see is not looked at, so that the answer and
// the time it takes are those for a UID that nothing has.
func (w *Worker) factsFor(ctx context.Context, t *tenure, q question) (reply, error) {
	if q.Actor == "" {
		facts, err := w.readFacts(ctx, t, q.UID)
		return reply{Facts: facts}, err
	}
	kind := model.TargetNone
	x, _ := w.titles.get()
	if w.svc.titles() == model.TitlesInFolders {
		var err error
		if x, err = w.listed(ctx); err != nil {
			return reply{}, err
		}
	}
	place := -1
	if x != nil {
		if place = x.find(q.UID); place >= 0 {
			kind = x.hits[place].Kind
		}
	}
	var all, sent bool
	var a model.Actor
	err := w.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		if a, err = actor(tx, q.Actor); err != nil {
			return err
		}
		if all, err = w.svc.seesAll(tx, a, q.UID, kind); err != nil {
			return err
		}
		sent, err = tx.FoundFor(a.ID, q.UID)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	may := scope{titles: w.svc.titles(), groups: a.Groups}
	if !all && (a.Email == "" || !sent && !may.every(kind) && (place < 0 || !x.sees(may, place))) {
		return reply{Hidden: true}, nil
	}
	facts, err := w.readFacts(ctx, t, q.UID)
	if err != nil || all {
		return reply{Facts: facts}, err
	}
	return reply{Facts: facts.OnlyFor(a.Email)}, nil
}

// errHidden is the same for what somebody may not see and for what is not there.
func errHidden(uid model.UID) error {
	return &model.Denied{Code: model.DenyRole,
		Reason: string(uid) + " is not among what you may see of the vault, if there is such a thing: it can be asked for all the same"}
}
