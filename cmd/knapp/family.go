package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pelletier/go-toml/v2"

	"knapp/bridge"
)

// familyApply is `knapp family apply FILE`.
type familyApply struct {
	File   string `arg:"" help:"The family as one TOML document."`
	DryRun bool   `help:"Only show what would change."`
	JSON   bool   `name:"json" help:"Print the changes as JSON."`
}

// Run reads, checks and applies the document.
func (a familyApply) Run(ctx context.Context, k keeper) error {
	var f bridge.Family
	file, err := readTOML(a.File, &f)
	if err != nil {
		return err
	}
	return k.with(ctx, func(ops operations) error {
		changes, err := ops.ApplyFamily(ctx, f, a.DryRun)
		var problems bridge.Problems
		if errors.As(err, &problems) {
			faults := make([]error, len(problems))
			for i, p := range problems {
				faults[i] = file.at(p.Path, p.Text)
			}
			return errors.Join(faults...)
		}
		if err != nil {
			return err
		}
		if a.JSON {
			return printJSON(k.out, changes)
		}
		printChanges(k.out, changes, a.DryRun)
		return nil
	})
}

func printChanges(out io.Writer, changes []bridge.Change, dryRun bool) {
	if len(changes) == 0 {
		_, _ = fmt.Fprintln(out, "nothing to change")
		return
	}
	for _, c := range changes {
		line := fmt.Sprintf("%-8s %-9s %s", c.What, c.Kind, c.Name)
		if c.Note != "" {
			line += ": " + c.Note
		}
		_, _ = fmt.Fprintln(out, line)
	}
	if dryRun {
		_, _ = fmt.Fprintln(out, "nothing was changed (--dry-run)")
	}
}

// familyExport is `knapp family export`.
type familyExport struct {
	JSON bool `name:"json" help:"Print JSON instead of TOML."`
}

// Run writes the family as the document that apply reads.
func (e familyExport) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		f, err := ops.Family(ctx)
		if err != nil {
			return err
		}
		if e.JSON {
			return printJSON(k.out, f)
		}
		if _, err := fmt.Fprint(k.out, usualLimits()); err != nil {
			return err
		}
		encoder := toml.NewEncoder(k.out)
		encoder.SetIndentTables(true)
		return encoder.Encode(f)
	})
}

// usualLimits says in a comment which limits count where the document has none.
func usualLimits() string {
	var f bridge.FamilyLimits
	all, child := f.Policy(), f.PolicyOf(bridge.ChildLimits{})
	return fmt.Sprintf("# A limit that is not set is as usual: %d SMS parts a child and day, %d a month, %d a day caused by one contact, %d of\n"+
		"# them for guardians alone; %d a day and %d a month by the whole gateway. -1 is no limit.\n\n",
		child.Day, child.Month, child.Contact, child.Reserve, all.Day, all.Month)
}
