package vaultclient

import (
	"context"
	"encoding/json"
	"strings"
)

// ListSharedFolders lists the shared folders the service account sees, as of the last SyncDown.
func (c *Client) ListSharedFolders(ctx context.Context) ([]Item, error) {
	cmd, err := newCommand("list-sf").json().build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseSharedFolders)
}

func parseSharedFolders(r Reply) ([]Item, error) {
	var rows []struct {
		UID  UID    `json:"shared_folder_uid"`
		Name string `json:"name"`
	}
	if noneFound(r) {
		return []Item{}, nil
	}
	if json.Unmarshal(r.data, &rows) != nil || rows == nil {
		return nil, failed(r)
	}
	items := make([]Item, len(rows))
	for i, row := range rows {
		if !row.UID.Valid() {
			return nil, failed(r) // rows of another listing
		}
		items[i] = Item{Kind: SharedFolderItem, UID: row.UID, Title: row.Name}
	}
	return items, nil
}

// noneFound recognises the object that list commands send in place of an empty array.
func noneFound(r Reply) bool {
	var none struct {
		Message string `json:"message"`
	}
	return json.Unmarshal(r.data, &none) == nil && strings.HasPrefix(none.Message, "No ")
}

// FolderEntry is one row of a folder's content.
type FolderEntry struct {
	Folder      bool // a folder, else a record
	UID         UID
	Name        string
	Type        string // of a record
	Description string // of a record, "" if it has none
	Shared      bool   // of a folder
}

// ListFolder lists what lies directly in a folder, or in the root for the empty UID, as of the last SyncDown.
func (c *Client) ListFolder(ctx context.Context, folder UID) ([]FolderEntry, error) {
	b := newCommand("ls").json()
	if folder != "" {
		b.uid(folder)
	}
	cmd, err := b.build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseFolder)
}

func parseFolder(r Reply) ([]FolderEntry, error) {
	var rows []struct {
		Type    string `json:"type"`
		UID     UID    `json:"uid"`
		Name    string `json:"name"`
		Details string `json:"details"`
	}
	if json.Unmarshal(r.data, &rows) != nil || rows == nil {
		return nil, failed(r)
	}
	entries := make([]FolderEntry, len(rows))
	for i, row := range rows {
		e := FolderEntry{Folder: row.Type == "folder", UID: row.UID, Name: row.Name}
		if flags, ok := strings.CutPrefix(row.Details, "Flags: "); ok {
			flags, _, _ = strings.Cut(flags, ", Parent: ")
			e.Shared = strings.Contains(flags, "S")
		} else {
			e.Type, e.Description, _ = parseDetails(row.Details)
		}
		entries[i] = e
	}
	return entries, nil
}

// TreeNode is one line of the folder tree, in the order of the tree.
type TreeNode struct {
	Name   string
	Path   string
	Level  int
	Shared bool
	UID    UID
}

// Tree lists all folders. The service reads them back from drawn text and mutilates names with parentheses (PROTOCOL 12.1): for
// choosing a folder prefer ListSharedFolders and ListFolder.
func (c *Client) Tree(ctx context.Context) ([]TreeNode, error) {
	cmd, err := newCommand("tree").flag("-v").build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseTree)
}

func parseTree(r Reply) ([]TreeNode, error) {
	var w struct {
		Tree []struct {
			Name   string `json:"name"`
			Type   string `json:"type"`
			Path   string `json:"path"`
			Level  int    `json:"level"`
			Shared bool   `json:"shared"`
			UID    UID    `json:"uid"`
		} `json:"tree"`
	}
	if json.Unmarshal(r.data, &w) != nil || w.Tree == nil {
		return nil, failed(r)
	}
	nodes := make([]TreeNode, 0, len(w.Tree))
	for _, n := range w.Tree {
		if n.Type == "folder" {
			nodes = append(nodes, TreeNode{n.Name, n.Path, n.Level, n.Shared, n.UID})
		}
	}
	return nodes, nil
}
