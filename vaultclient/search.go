package vaultclient

import (
	"context"
	"encoding/json"
	"strings"
)

// ItemKind is the kind of a row in a listing, in the service's words.
type ItemKind string

// The kinds the service lists.
const (
	RecordItem       ItemKind = "record"
	SharedFolderItem ItemKind = "shared_folder"
	TeamItem         ItemKind = "team"
	NestedFolderItem ItemKind = "nested_share_folder"
)

// Item is one row of a listing. Title, type and description are foreign text.
type Item struct {
	Kind        ItemKind
	UID         UID
	Title       string
	Type        string // of a record: login, databaseCredentials, ...
	Description string // of a record: user and address as the service puts them together, "" if it has none
	Category    string // classic or nested; "" from services before 18.0.0
}

// SearchAll lists every record, shared folder and team the service account sees, as of the last SyncDown. There is no
// paging: 50,000 rows are one answer of about 10 MB.
func (c *Client) SearchAll(ctx context.Context) ([]Item, error) {
	cmd, err := newCommand("search").json().positional("*").build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseItems)
}

// SearchFolders lists the shared folders and the nested share folders the service account sees, as of the last SyncDown.
// Service releases before 18.0.0 do not tell of nested ones.
func (c *Client) SearchFolders(ctx context.Context) ([]Item, error) {
	cmd, err := newCommand("search").json().flag("-c").flag("sd").positional("*").build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseItems)
}

// SearchTeams lists the teams that the service account belongs to, as of the last SyncDown.
func (c *Client) SearchTeams(ctx context.Context) ([]Item, error) {
	cmd, err := newCommand("search").json().flag("-c").flag("t").positional("*").build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseItems)
}

// Nested reports whether the item is a nested share folder or lies in one. Those have commands of their own, which this package
// does not send: sharing them by the usual ones has to be refused.
func (i Item) Nested() bool { return i.Kind == NestedFolderItem || isNested(i.Category) }

// isNested recognises a category or source that names nested share folders; the usual ones are "classic", or "" from older services.
func isNested(category string) bool { return strings.Contains(strings.ToLower(category), "nested") }

// FindMarked lists the records that hold marker, for finding out what became of a RecordAdd; send SyncDown first. The
// service also looks into titles and passwords for it and finds it inside longer words: compare Record.Marker.
func (c *Client) FindMarked(ctx context.Context, marker Marker) ([]Item, error) {
	b := newCommand("search").json().flag("-c").flag("r")
	b.fail(check(markerPattern, "marker", string(marker)))
	cmd, err := b.positional(string(marker)).build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseItems)
}

// FindCreated lists the records that we made with marker: FindMarked, and for each hit one Get that tells whether the marker stands in
// the field where RecordAdd puts it, rather than in somebody's notes or inside a longer word. Send SyncDown first.
func (c *Client) FindCreated(ctx context.Context, marker Marker) ([]Item, error) {
	hits, err := c.FindMarked(ctx, marker)
	if err != nil {
		return nil, err
	}
	made := []Item{}
	for _, hit := range hits {
		r, err := c.GetRecord(ctx, hit.UID)
		if err != nil {
			return nil, err
		}
		if r.Marker == marker {
			made = append(made, hit)
		}
	}
	return made, nil
}

func parseItems(r Reply) ([]Item, error) {
	var rows []struct {
		Type    ItemKind `json:"type"`
		UID     UID      `json:"uid"`
		Name    string   `json:"name"` // left out by the service if blank
		Details string   `json:"details"`
		Number  presence `json:"number"`
	}
	if json.Unmarshal(r.data, &rows) != nil || rows == nil {
		return nil, failed(r)
	}
	items := make([]Item, len(rows))
	for i, row := range rows {
		if bool(row.Number) || !row.UID.Valid() {
			return nil, failed(r) // rows of another form, in which type means something else (PROTOCOL 7.7)
		}
		items[i] = Item{Kind: row.Type, UID: row.UID, Title: row.Name}
		items[i].Type, items[i].Description, items[i].Category = parseDetails(row.Details)
	}
	return items, nil
}

// parseDetails reads the prose of a row (PROTOCOL 12.1). A description may hold commas and even the words that follow it, so
// the type ends at the first ", Description: " and the category begins after the last ", Record Category: ".
func parseDetails(details string) (typ, description, category string) {
	if rest, ok := strings.CutPrefix(details, "Folder Category: "); ok {
		category, _, _ = strings.Cut(rest, ", ")
		return "", "", strings.ToLower(category)
	}
	rest, ok := strings.CutPrefix(details, "Type: ")
	if !ok {
		return "", "", ""
	}
	if i := strings.LastIndex(rest, ", Record Category: "); i >= 0 {
		category = strings.ToLower(rest[i+len(", Record Category: "):])
		rest = rest[:i]
	}
	typ, description, _ = strings.Cut(rest, ", Description: ")
	if description == "None" { // how the service prints the absence of one
		description = ""
	}
	return typ, description, category
}
