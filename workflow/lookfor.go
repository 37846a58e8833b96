package workflow

import (
	"context"
	"errors"
	"time"

	"countersign/model"
)

// syncAge is how old the service's list of records may be for "gone" to be
// believed.
const syncAge = time.Minute

// lookFor reads live what an order is about.
func (w *Worker) lookFor(ctx context.Context, order Order) (model.RecordFacts, error) {
	i := order.Intent
	if order.Kind == model.OpCreate {
		return w.lookForCreated(ctx, order)
	}
	if order.Kind.OnFolder() {
		return w.lookFolder(ctx, i.Folder)
	}
	if order.Kind == model.OpUpdate {
		return w.lookForChanged(ctx, order)
	}
	facts, err := w.look(ctx, i.Record)
	if err != nil || facts.Gone {
		return facts, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	switch order.Kind {
	case model.OpLink, model.OpUnlink:
		facts.Links, err = w.vault.Links(ctx, i.Record)
	}
	return facts, err
}

// lookForChanged reads a record that an order is to change. The vault is synced
// before its revision is read, so that nobody's change is missed.
func (w *Worker) lookForChanged(ctx context.Context, order Order) (model.RecordFacts, error) {
	reading, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	if order.lacks() {
		// Only its revision tells whether anything was done.
		if err := w.sync(reading); err != nil {
			return model.RecordFacts{}, err
		}
		return w.look(ctx, order.Intent.Record)
	}
	changed, err := w.vault.Changed(reading, order)
	var e *VaultError
	if err != nil && !(errors.As(err, &e) && e.Kind == VaultGone) {
		return model.RecordFacts{}, err
	}
	facts, err := w.look(ctx, order.Intent.Record)
	facts.Changed = changed && !facts.Gone
	return facts, err
}

// lookForCreated looks for the record that an order may have made already, and
// whether the folder is there that it is to lie in.
func (w *Worker) lookForCreated(ctx context.Context, order Order) (model.RecordFacts, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	marked, err := w.vault.Marked(ctx, order.Intent.Create.Marker)
	if err != nil {
		return model.RecordFacts{}, err
	}
	facts := model.RecordFacts{Kind: model.TargetFolder}
	switch {
	case len(marked) > 0:
		facts, err = w.vault.Stored(ctx, order, marked[0])
		if order.lacks() && err == nil {
			facts.Unlike = "what it was to hold cannot be opened, so it cannot be compared"
		}
	case order.Intent.Folder != "":
		facts, err = w.vault.Folder(ctx, order.Intent.Folder)
	}
	facts.Marked, facts.Read = marked, w.now()
	return facts, err
}

// lookFolder reads a shared folder live.
func (w *Worker) lookFolder(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	facts, err := w.vault.Folder(ctx, uid)
	if err != nil {
		return facts, err
	}
	facts.Read = w.now()
	w.svc.facts.put(facts)
	return facts, nil
}

// lookAt reads live what is not known to be a record or a folder.
func (w *Worker) lookAt(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	facts, err := w.look(ctx, uid)
	if err == nil && facts.Kind == model.TargetFolder && !facts.Gone {
		// Members are read after a sync, which look does not make.
		return w.lookFolder(ctx, uid)
	}
	return facts, err
}

// look reads a record live. A record that is not there is looked for once more
// after a sync, since the service's list of records may be old (PROTOCOL 12.1).
func (w *Worker) look(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	defer cancel()
	facts, err := w.vault.Record(ctx, uid)
	if err == nil && facts.Gone && w.now().Sub(time.Unix(0, w.synced.Load())) > syncAge {
		if err = w.sync(ctx); err == nil {
			facts, err = w.vault.Record(ctx, uid)
		}
	}
	if err != nil {
		return facts, err
	}
	facts.Read = w.now()
	w.svc.facts.put(facts)
	return facts, nil
}

// sync makes the service read the cloud again. Where its key may not, what the
// service knows has to do.
func (w *Worker) sync(ctx context.Context) error {
	err := w.vault.Sync(ctx)
	var e *VaultError
	if errors.As(err, &e) && e.Kind == VaultNotPermitted {
		err = nil
	}
	if err == nil {
		w.synced.Store(w.now().UnixNano())
	}
	return err
}
