package widget

import "maps"

// SetRows replaces the rows: an initial load or a refresh. more tells whether
// others follow the last. The cursor stays on its row, on the same line of the
// screen; if the row is gone it goes to the one that followed. Rows that were
// not there before are marked new, those with a new version changed.
func (l *List[R]) SetRows(rows []R, more bool) {
	follow, line := l.followers(), l.cursor-l.top
	if l.loaded {
		l.noteNews(rows)
	} else {
		follow = []string{l.stay}
	}
	l.setRows(rows, more)
	gone := func(id string) bool { _, ok := l.index[id]; return !ok }
	maps.DeleteFunc(l.marked, func(id string, _ bool) bool { return gone(id) })
	maps.DeleteFunc(l.news, func(id string, _ rune) bool { return gone(id) })
	l.cursor = min(max(l.cursor, 0), max(len(rows)-1, 0))
	for _, id := range follow {
		if at, ok := l.index[id]; ok {
			l.cursor = at
			break
		}
	}
	l.top = l.cursor - line
	l.reveal()
}

// AppendRows adds a page that More was asked for.
func (l *List[R]) AppendRows(rows []R, more bool) {
	all := l.rows
	for _, r := range rows {
		if _, known := l.index[l.opts.ID(r)]; !known {
			all = append(all, r)
		}
	}
	l.setRows(all, more)
	l.reveal()
}

func (l *List[R]) setRows(rows []R, more bool) {
	l.rows, l.more, l.asked, l.loaded = rows, more, false, true
	l.failure, l.advice, l.stale = nil, nil, 0
	l.index = make(map[string]int, len(rows))
	for i, r := range rows {
		l.index[l.opts.ID(r)] = i
	}
	clear(l.cache)
}

// followers returns the id under the cursor, those after it, then those before
// it from the nearest: the order in which the cursor looks for a place.
func (l *List[R]) followers() []string {
	ids := make([]string, 0, len(l.rows))
	for i := l.cursor; i < len(l.rows); i++ {
		ids = append(ids, l.opts.ID(l.rows[i]))
	}
	for i := min(l.cursor, len(l.rows)) - 1; i >= 0; i-- {
		ids = append(ids, l.opts.ID(l.rows[i]))
	}
	return ids
}

func (l *List[R]) noteNews(rows []R) {
	for _, r := range rows {
		id := l.opts.ID(r)
		at, known := l.index[id]
		switch {
		case !known:
			l.news[id] = 'n'
		case l.news[id] == 'n' || l.opts.Version == nil:
		case l.opts.Version(l.rows[at]) != 0 && l.opts.Version(r) != l.opts.Version(l.rows[at]):
			l.news[id] = 'c'
		}
	}
}

// Len returns how many rows are loaded.
func (l *List[R]) Len() int { return len(l.rows) }

// Loaded reports whether rows have been set since the last Clear.
func (l *List[R]) Loaded() bool { return l.loaded }

// Rows returns the loaded rows; the caller must not change them.
func (l *List[R]) Rows() []R { return l.rows }

// Selected returns the row under the cursor, false when there is none.
func (l *List[R]) Selected() (R, bool) {
	if len(l.rows) == 0 {
		var none R
		return none, false
	}
	return l.rows[l.cursor], true
}

// SelectedID returns the id of the row under the cursor or "".
func (l *List[R]) SelectedID() string {
	if len(l.rows) == 0 {
		return ""
	}
	return l.opts.ID(l.rows[l.cursor])
}

// Select puts the cursor on the row with this id and reports whether it is
// there. Where no rows have come yet, the cursor goes there when they do.
func (l *List[R]) Select(id string) bool {
	at, ok := l.index[id]
	switch {
	case ok:
		l.moveTo(at)
	case !l.loaded:
		l.stay = id
	}
	return ok
}

// Marked returns the marked rows in their order.
func (l *List[R]) Marked() []R {
	var rows []R
	for _, r := range l.rows {
		if l.marked[l.opts.ID(r)] {
			rows = append(rows, r)
		}
	}
	return rows
}

// ClearMarks takes all marks away.
func (l *List[R]) ClearMarks() { clear(l.marked) }

// Unmark takes the marks of some rows away; ids without a row are nothing to it.
func (l *List[R]) Unmark(ids ...string) {
	for _, id := range ids {
		delete(l.marked, id)
	}
}
