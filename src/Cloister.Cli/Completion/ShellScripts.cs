namespace Cloister.Cli.Completion;

/// <summary>The scripts that shells read. All of them ask the program itself what fits.</summary>
internal static class ShellScripts
{
    private const string Bash = """
        _cloister() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(cloister __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _cloister cloister
        """;

    private const string Zsh = """
        #compdef cloister
        _cloister() {
            local -a candidates
            candidates=("${(@f)$(cloister __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            compadd -a candidates || _files
        }
        compdef _cloister cloister
        """;

    private const string Fish = """
        function __cloister_complete
            set -l words (commandline -opc) (commandline -ct)
            cloister __complete -- $words[2..-1] 2>/dev/null
        end
        complete -c cloister -f -a '(__cloister_complete)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName cloister -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
            & cloister __complete -- @words $wordToComplete 2>$null | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    private const string Nushell = """
        module cloister-completion {
            def candidates [line: string] {
                ^cloister __complete -- ...($line | split row --regex '\s+' | skip 1) | lines
            }
            export extern cloister [...words: string@candidates]
        }
        use cloister-completion *
        """;

    /// <summary>The shells that have one.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh", "nushell"];

    /// <summary>The script for a shell, or null.</summary>
    public static string? For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        "nushell" => Nushell,
        _ => null,
    };
}
