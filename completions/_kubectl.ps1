# PowerShell completion for kubectl

Register-ArgumentCompleter -Native -CommandName 'kubectl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '' }
    if ($words.Count -le 1) { return }
    $before = @()
    if (1 -gt 1) { $before = $words[1..0] }
    $rest = $words[1..($words.Count - 1)] | ForEach-Object { if ($_ -eq '') { '""' } else { $_ } }
    $answer = @(& $words[0] @before __complete @rest 2>$null)
    if ($answer.Count -eq 0) { return }
    $directive = [int]($answer[-1].TrimStart(':'))
    $space = if ($directive -band 2) { '' } else { ' ' }
    $prefix = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }
    $answer | Select-Object -SkipLast 1 | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        if ("$prefix$name".StartsWith($wordToComplete)) {
            [System.Management.Automation.CompletionResult]::new("$prefix$name$space", $name, 'ParameterValue', $about)
        }
    }
}
